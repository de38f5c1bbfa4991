/** An application's own worker that uploads the file it receives and reports what happens. */
import { collectFiles, createUploader, type Uploader, type UploadTask } from '../../../src/index.js';

export type WorkerRequest =
  | { type: 'upload'; ossUrl: string; file: File; key: string; partSize: number | 'auto'; database: string }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'unfinished' };

export type WorkerReply = { type: string; [field: string]: unknown };

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(reply: WorkerReply): void;
};
let uploader: Uploader | undefined;
let task: UploadTask | undefined;

function begin({ ossUrl, file, key, partSize, database }: Extract<WorkerRequest, { type: 'upload' }>): void {
  uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    credentials: async ({ signal }) => (await fetch(`${ossUrl}/sts`, { signal })).json(),
    partSize,
    parallel: 1,
    unloadGuard: true,
    retry: { baseDelay: 10, maxDelay: 100 },
    checkpoint: { name: database },
  });
  task = uploader.upload(file, { key });
  task.subscribe(() => {
    const { status, progress } = task!.getSnapshot();
    scope.postMessage({ type: 'state', status, confirmed: progress.confirmed });
  });
  follow();
}

function follow(): void {
  task!.result.then(
    (result) => scope.postMessage({ ...result, type: 'done' }),
    (error: Error) => scope.postMessage({ type: 'failed', message: `${error.name}: ${error.message}` }),
  );
}

scope.onmessage = async ({ data: request }) => {
  try {
    if (request.type === 'upload') begin(request);
    else if (request.type === 'resume') task!.resume();
    else if (request.type === 'unfinished') {
      const left = await uploader!.unfinished();
      scope.postMessage({ type: 'unfinished', count: left.length });
    } else {
      await task!.pause();
      scope.postMessage({ type: 'paused' });
    }
  } catch (error) {
    scope.postMessage({ type: 'failed', message: String(error) });
  }
};
// A list of files from the page works here, too.
for await (const { path } of collectFiles([new File([], 'ready')])) scope.postMessage({ type: path });
