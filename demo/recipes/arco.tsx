/** Arco Design for React. In its Vue version `onProgress` takes 0..1 and the file is `fileItem.file`; the rest is the same. */
import { Upload, type UploadProps } from '@arco-design/web-react';
import type { UploadTask } from 'oss-resumable';
import { keyOf, uploader } from '../gallery/uploader.js';

const tasks = new WeakMap<File, UploadTask>();

const customRequest: NonNullable<UploadProps['customRequest']> = ({ file, onProgress, onSuccess, onError }) => {
  // Arco's pause button keeps the row, and its resume button calls this function again: the library resumes with the uploaded parts.
  const pause = new AbortController();
  const task = uploader.upload(file, { key: keyOf, signal: pause.signal });
  tasks.set(file, task);
  const unsubscribe = task.subscribe(() => {
    const { loaded, total } = task.getSnapshot().progress;
    onProgress(Math.floor((100 * loaded) / (total || 1)));
  });
  task.result.finally(unsubscribe).then(onSuccess, onError);
  return { abort: () => pause.abort() };
};

const onRemove: NonNullable<UploadProps['onRemove']> = ({ originFile }) => void (originFile && tasks.get(originFile)?.abort());

export function ArcoUpload() {
  return <Upload multiple drag customRequest={customRequest} onRemove={onRemove} />;
}
