'use client';

import { createUploader } from 'oss-resumable';
import * as adapter from 'oss-resumable/react';
import { useEffect, useState } from 'react';
import { optionsOfPage, sayStored } from '../../page.js';

export function Upload() {
  const uploader = adapter.useUploader(() => createUploader(optionsOfPage()));
  const [task, setTask] = useState();
  const state = adapter.useTaskState(task);
  useEffect(() => {
    globalThis.adapter = adapter;
  }, []);

  let text = uploader ? 'Choose a file.' : 'Rendered on the server.';
  if (state) text = state.status;
  if (state?.status === 'done') text = sayStored(state.result);
  if (state?.status === 'failed') text = String(state.error);

  const upload = ({ target }) => {
    const [file] = target.files;
    setTask(uploader.upload(file, { key: `uploads/${file.name}` }));
  };
  return (
    <>
      <input type="file" aria-label="File" disabled={!uploader} onChange={upload} />
      <p role="status">{text}</p>
    </>
  );
}
