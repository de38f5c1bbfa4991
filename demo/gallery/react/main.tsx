/** Uploads in React: files in, a row for each, and what an earlier visit has left. */
import { collectFiles, fileFromHandle, type UnfinishedUpload, type UploadTask } from 'oss-resumable';
import { useUnfinishedUploads, useTaskState, useTasks } from 'oss-resumable/react';
import { type DragEvent, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../frame.js';
// Made in a module, so that its uploads outlive any component; `useUploader` makes one that ends with its component.
import { keyOf, uploader } from '../uploader.js';
import { remainsOf, shareOf, size, statusOf, whyNotSame } from '../words.js';

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
            {status === 'paused' ? 'Go on' : 'Try again'}
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
  const complain = (error: Error) => setProblem(error.message);
  const goOn = (file: File, fileHandle?: FileSystemFileHandle) => {
    const reason = whyNotSame(upload, file);
    setProblem(reason);
    if (!reason) uploader.upload(file, { key: upload.key, fileHandle });
  };
  // Chromium has kept where the file was dropped from, and asks for permission at most.
  const { file, fileHandle } = upload;
  const goOnAtOnce = (handle: FileSystemFileHandle) => fileFromHandle(handle).then((opened) => goOn(opened, handle), complain);
  return (
    <li className="row" data-status="unfinished">
      <p className="name">{file.name}</p>
      <span className="size">{size(file.size)}</span>
      <progress className="bar" value={upload.confirmed / upload.total} aria-label={`Progress of ${file.name}`} />
      <div className="line">
        <p className="status">{remainsOf(upload)}</p>
      </div>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        {fileHandle && (
          <button type="button" className="button small primary" onClick={() => goOnAtOnce(fileHandle)}>
            Go on
          </button>
        )}
        <FileButton text="Select again" style="button small" choose={({ files }) => files?.[0] && goOn(files[0])} />
        <button type="button" className="button small quiet" onClick={() => discard(upload.id).catch(complain)}>
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
          // Empty again, so that choosing the same file once more is a change.
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
