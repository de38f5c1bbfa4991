/** Uploads in React: a drop zone, a row for each upload, and the unfinished uploads of earlier visits. */
import { collectFiles, fileFromHandle, type UnfinishedUpload, type UploadTask } from 'oss-resumable';
import { useUnfinishedUploads, useTaskState, useTasks } from 'oss-resumable/react';
import { type DragEvent, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../frame.js';
// Created in a module, so that its uploads outlive any component; `useUploader` creates one that ends with its component.
import { keyOf, uploader } from '../uploader.js';
import { unfinishedStatusOf, shareOf, size, statusOf, whyNotSame } from '../words.js';

function App() {
  const tasks = useTasks(uploader);
  const { uploads, error, discard } = useUnfinishedUploads(uploader);
  return (
    <>
      <DropZone />
      {error && (
        <p className="problem" role="alert">
          {error.message}
        </p>
      )}
      {uploads.length > 0 && (
        <section aria-labelledby="unfinished">
          <h2 id="unfinished">Unfinished uploads</h2>
          <ul className="rows">
            {uploads.map((upload) => (
              <UnfinishedRow key={upload.id} upload={upload} discard={discard} />
            ))}
          </ul>
        </section>
      )}
      {tasks.length > 0 && (
        <section aria-labelledby="uploads">
          <div className="section-head">
            <h2 id="uploads">Uploads</h2>
            <button type="button" className="button small" onClick={uploader.clear}>
              Clear finished
            </button>
          </div>
          <ul className="rows">
            {tasks.map((task) => (
              <UploadRow key={task.id} task={task} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function DropZone() {
  const [isOver, setOver] = useState(false);
  const add = (source: DataTransfer | HTMLInputElement) => uploader.uploadAll(collectFiles(source), { key: keyOf });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <section
      className={isOver ? 'drop over' : 'drop'}
      aria-label="Files"
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <h2>Drop files here</h2>
      <p>Reload in the middle, drop them again, and they continue.</p>
      <div className="buttons">
        <FileButton text="Choose files" style="button primary" multiple choose={add} />
      </div>
    </section>
  );
}

function UploadRow({ task }: { task: UploadTask }) {
  const state = useTaskState(task);
  const { status } = state;
  const isResumable = status === 'paused' || (status === 'failed' && state.resumable);
  const isOver = status === 'done' || status === 'aborted' || (status === 'failed' && !state.resumable);
  return (
    <li className="row" data-status={status}>
      <p className="name">{task.path}</p>
      <span className="size">{size(task.file.size)}</span>
      <progress className="bar" value={shareOf(state)} aria-label={`Progress of ${task.path}`} />
      <div className="line">
        <p className="status">{statusOf(state)}</p>
      </div>
      {status === 'failed' && (
        <p className="note" role="alert">
          {state.error.message}
        </p>
      )}
      <div className="actions">
        {isResumable && (
          <button type="button" className="button small" onClick={task.resume}>
            {status === 'paused' ? 'Resume' : 'Retry'}
          </button>
        )}
        {!isResumable && !isOver && status !== 'completing' && (
          <button type="button" className="button small" onClick={task.pause}>
            Pause
          </button>
        )}
        {!isOver && (
          <button type="button" className="button small quiet" onClick={task.abort}>
            Cancel
          </button>
        )}
      </div>
    </li>
  );
}

function UnfinishedRow({ upload, discard }: { upload: UnfinishedUpload; discard(id: string): Promise<void> }) {
  const [problem, setProblem] = useState<string>();
  const showError = (error: Error) => setProblem(error.message);
  const resume = (file: File, fileHandle?: FileSystemFileHandle) => {
    const reason = whyNotSame(upload, file);
    setProblem(reason);
    if (!reason) uploader.upload(file, { key: upload.key, fileHandle });
  };
  // Chromium keeps a handle of a dropped file, and at most asks for permission.
  const { file, fileHandle } = upload;
  const resumeFromHandle = (handle: FileSystemFileHandle) => fileFromHandle(handle).then((opened) => resume(opened, handle), showError);
  return (
    <li className="row" data-status="unfinished">
      <p className="name">{file.name}</p>
      <span className="size">{size(file.size)}</span>
      <progress className="bar" value={upload.confirmed / upload.total} aria-label={`Progress of ${file.name}`} />
      <div className="line">
        <p className="status">{unfinishedStatusOf(upload)}</p>
      </div>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        {fileHandle && (
          <button type="button" className="button small primary" onClick={() => resumeFromHandle(fileHandle)}>
            Resume
          </button>
        )}
        <FileButton text="Select again" style="button small" choose={({ files }) => files?.[0] && resume(files[0])} />
        <button type="button" className="button small quiet" onClick={() => discard(upload.id).catch(showError)}>
          Discard
        </button>
      </div>
    </li>
  );
}

interface FileButtonProps {
  text: string;
  style: string;
  multiple?: boolean;
  choose(input: HTMLInputElement): void;
}

/** A file input that looks like a button. */
function FileButton({ text, style, multiple = false, choose }: FileButtonProps) {
  return (
    <label className={style}>
      {text}
      <input
        type="file"
        className="visually-hidden"
        multiple={multiple}
        onChange={({ currentTarget }) => {
          choose(currentTarget);
          // Emptied, so that choosing the same file again is a change.
          currentTarget.value = '';
        }}
      />
    </label>
  );
}

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
