'use client';

import * as library from 'oss-resumable';
import * as adapter from 'oss-resumable/react';
import { useEffect } from 'react';
import { uploadWhatIsChosen } from '../../page.js';

export function Upload() {
  useEffect(() => {
    globalThis.adapter = adapter;
    uploadWhatIsChosen(library);
  }, []);
  return (
    <>
      <input type="file" aria-label="File" />
      <p role="status">Rendered on the server, where createUploader is a {typeof library.createUploader}.</p>
    </>
  );
}
