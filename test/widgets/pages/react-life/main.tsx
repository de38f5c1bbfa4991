/** A component with its own uploader under StrictMode, which mounts everything twice; with `?once` it doesn't. */
import { refresh } from './refresh.js';
import { createUploader, type UploadTask, type Uploader } from 'oss-resumable';
import { useUnfinishedUploads, useTaskState, useUploader, useTasks } from 'oss-resumable/react';
import { Activity, Fragment, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { keyOf, options } from '../../../../demo/gallery/uploader.js';
import { watchUploaders } from '../uploaders.js';

const create = watchUploaders(() => createUploader(options));

function Component() {
  const uploader = useUploader(create);
  const tasks = useTasks(uploader);
  const { uploads, isLoading } = useUnfinishedUploads(uploader);
  return (
    <>
      <FileInput uploader={uploader} />
      <output>{isLoading ? 'looking' : `${uploads.length} unfinished`}</output>
      <ul>
        {tasks.map((task) => (
          <Row key={task.id} task={task} />
        ))}
      </ul>
    </>
  );
}

function FileInput({ uploader }: { uploader: Uploader | undefined }) {
  return (
    <input
      type="file"
      disabled={!uploader}
      onChange={({ currentTarget }) => uploader?.uploadAll(currentTarget.files ?? [], { key: keyOf })}
    />
  );
}

function Row({ task }: { task: UploadTask }) {
  return <li>{useTaskState(task).status}</li>;
}

function App() {
  const [isThere, setThere] = useState(true);
  const [isHidden, setHidden] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setThere(!isThere)}>
        {isThere ? 'Unmount' : 'Mount'}
      </button>
      <button type="button" onClick={() => setHidden(!isHidden)}>
        {isHidden ? 'Show' : 'Hide'}
      </button>
      <button type="button" onClick={() => refresh(Component)}>
        Replace
      </button>
      <Activity mode={isHidden ? 'hidden' : 'visible'}>{isThere && <Component />}</Activity>
    </>
  );
}

const Mode = location.search === '?once' ? Fragment : StrictMode;

createRoot(document.getElementById('app')!).render(
  <Mode>
    <App />
  </Mode>,
);
