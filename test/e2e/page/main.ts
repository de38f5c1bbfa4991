/** The page that the end-to-end tests script: the built library, a file input, and the upload begun last. */
import * as ossResumable from 'oss-resumable';
import type { Credentials, Uploader, UploaderOptions, UploadOptions, UploadResult, UploadTask } from 'oss-resumable';

/** What a test can hand over: plain values only. */
export interface Setup {
  ossUrl: string;
  uploader?: Partial<UploaderOptions>;
  upload?: UploadOptions;
}

export interface Failure {
  name: string;
  code: string;
  message: string;
  resumable: boolean;
  /** Everything that could be read off the error and its causes. */
  dump: string;
}

export type Outcome = { result: UploadResult; failure?: undefined } | { result?: undefined; failure: Failure };

export interface PageUpload {
  uploader: Uploader;
  task: UploadTask;
  /** Every state the task has been in: `uploading`, `waiting: network`, … */
  states: string[];
  outcome(): Promise<Outcome>;
}

declare global {
  interface Window {
    ossResumable: typeof ossResumable;
    makeUploader(setup: Setup): Uploader;
    /** Begins to upload the file that the input holds. */
    startUpload(setup: Setup): void;
    upload: PageUpload | undefined;
  }
}

window.ossResumable = ossResumable;

window.makeUploader = ({ ossUrl, uploader }) =>
  ossResumable.createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    credentials: async ({ signal }) => {
      const response = await fetch(`${ossUrl}/sts`, { signal });
      if (!response.ok) throw new Error(`STS answered ${response.status}`);
      return (await response.json()) as Credentials;
    },
    ...uploader,
  });

window.startUpload = (setup) => {
  const file = document.querySelector<HTMLInputElement>('#file')?.files?.[0];
  if (!file) throw new Error('No file is selected.');
  const uploader = window.makeUploader(setup);
  const task = uploader.upload(file, setup.upload);
  const states: string[] = [];
  const note = (): void => {
    const state = task.getSnapshot();
    const word = state.status === 'waiting' ? `waiting: ${state.for}` : state.status;
    if (states.at(-1) !== word) states.push(word);
  };
  note();
  task.subscribe(note);
  window.upload = {
    uploader,
    task,
    states,
    outcome: () =>
      task.result.then(
        (result) => ({ result }),
        (error) => ({ failure: read(error) }),
      ),
  };
};

function read(error: any): Failure {
  const { name, code, message, resumable } = error;
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause as any) {
    const own = Object.fromEntries(Object.getOwnPropertyNames(cause).map((key) => [key, String((cause as any)[key])]));
    lines.push(String(cause), JSON.stringify(cause), JSON.stringify(own));
  }
  return { name, code, message, resumable, dump: lines.join('\n') };
}
