import { createUploader, isUploadError, type TaskState, type UploaderOptions } from 'oss-resumable';

const options: UploaderOptions = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: async ({ signal }) => (await fetch('/sts', { signal })).json(),
};
const uploader = createUploader(options);
const task = uploader.upload(new File(['x'], 'x.txt'), { key: 'x.txt' });
task.result.then(
  ({ key, verified }) => console.log(key.length, verified),
  (error: unknown) => isUploadError(error) && error.code,
);
task.subscribe(() => {
  const state: TaskState = task.getSnapshot();
  if (state.status === 'done') console.log(state.result.etag);
  // @ts-expect-error only a state that is done has a result
  console.log(state.result);
});
// @ts-expect-error region must be text
createUploader({ region: 1, bucket: 'b', credentials: async () => ({}) });
