/** react-dropzone brings the drop zone; the list below it is what the uploader knows of its tasks. */
import type { UploadTask } from 'oss-resumable';
import { useSyncExternalStore } from 'react';
import { useDropzone } from 'react-dropzone';
import { keyOf, uploader } from '../gallery/uploader.js';

/** As file-selector, which react-dropzone is built on, hands files over. */
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
          Go on
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
