/** react-dropzone has the drop zone; the list below it shows the uploader's tasks. */
import type { UploadTask } from 'oss-resumable';
import { useSyncExternalStore } from 'react';
import { useDropzone } from 'react-dropzone';
import { keyOf, uploader } from '../gallery/uploader.js';

/** A file as react-dropzone's file-selector passes it. */
type DroppedFile = File & { relativePath?: string; handle?: FileSystemFileHandle };

function upload(files: DroppedFile[]): void {
  const items = files.map((file) => ({ file, path: (file.relativePath || file.name).replace(/^\.?\//, ''), fileHandle: file.handle }));
  uploader.uploadAll(items, { key: keyOf });
}

export function Dropzone() {
  const tasks = useSyncExternalStore(uploader.subscribe, uploader.getSnapshot);
  const { getRootProps, getInputProps } = useDropzone({ onDrop: upload });
  return (
    <>
      <div {...getRootProps()} className="dropzone">
        <input {...getInputProps()} />
        Drop files or folders here, or click to choose files.
      </div>
      <ul>
        {tasks.map((task) => (
          <Row key={task.id} task={task} />
        ))}
      </ul>
    </>
  );
}

function Row({ task }: { task: UploadTask }) {
  const state = useSyncExternalStore(task.subscribe, task.getSnapshot);
  const { loaded, total } = state.progress;
  const isResumable = state.status === 'paused' || (state.status === 'failed' && state.resumable);
  return (
    <li>
      {task.path} <progress value={loaded} max={total || 1} aria-label={task.path} />
      {state.status === 'failed' ? state.error.message : state.status}
      {state.status === 'uploading' && (
        <button type="button" onClick={() => task.pause()}>
          Pause
        </button>
      )}
      {isResumable && (
        <button type="button" onClick={() => task.resume()}>
          Resume
        </button>
      )}
      {state.status !== 'done' && state.status !== 'aborted' && (
        <button type="button" onClick={() => task.abort()}>
          Cancel
        </button>
      )}
    </li>
  );
}
