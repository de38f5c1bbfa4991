/**
 * From ali-oss's `multipartUpload` to this library, line by line: the same upload twice. The comment beside an ali-oss option names its
 * replacement. For anything but uploads from a browser (list, copy, delete, images, Node.js) keep ali-oss; both can be used in one
 * page, on the same bucket.
 */
import OSS from 'ali-oss';
import { CallbackError, createUploader, isAbortError, isUploadError } from 'oss-resumable';

const KEY = 'uploads/user-42/film.mp4';

interface Page {
  bar: HTMLProgressElement;
  stopButton: HTMLButtonElement;
  cancelButton: HTMLButtonElement;
}

const sts = async (): Promise<{ accessKeyId: string; accessKeySecret: string; stsToken: string }> => (await fetch('/sts')).json();

// ————— before —————

export async function before(file: File, { bar, stopButton, cancelButton }: Page): Promise<void> {
  const client = new OSS({
    region: 'oss-cn-hangzhou', // region: the same, or without "oss-"
    bucket: 'examplebucket', // bucket
    endpoint: 'https://upload.example.com', // endpoint
    cname: true, // cname
    secure: true, // nothing: https, unless the endpoint says otherwise
    authorizationV4: true, // nothing: there is no other signature
    ...(await sts()), // credentials
    refreshSTSToken: sts, // credentials
    refreshSTSTokenInterval: 300_000, // nothing: fetched again before they expire, and when they are refused
    timeout: 120_000, // stallTimeout, which counts only while no data is transferred
  });

  const saved = localStorage.getItem(file.name); // nothing: checkpoints are found by the file's content, in IndexedDB
  let checkpoint: OSS.Checkpoint | undefined = saved ? { ...JSON.parse(saved), file } : undefined;

  stopButton.onclick = () => client.cancel(); // task.pause(), for this file alone; ali-oss stops all of the client's
  cancelButton.onclick = () => checkpoint && client.cancel({ name: KEY, uploadId: checkpoint.uploadId }); // task.abort()

  try {
    const { name, etag, data } = await client.multipartUpload(KEY, file, {
      checkpoint, // nothing: upload() resumes automatically
      parallel: 5, // parallel; createUploader's is for all files together
      partSize: 1024 * 1024, // partSize, or better nothing: it is chosen from the file's size
      timeout: 120_000, // stallTimeout
      progress(percentage: number, current: OSS.Checkpoint) {
        bar.value = percentage; // task.subscribe(): also has the bytes within a part, the speed and the time left
        checkpoint = current;
        localStorage.setItem(file.name, JSON.stringify(current)); // nothing: each part is recorded
      },
      mime: 'video/mp4', // contentType
      meta: { author: 'li-lei' } as unknown as OSS.UserMeta, // metadata
      headers: {
        'Cache-Control': 'private', // cacheControl
        'Content-Disposition': 'inline', // contentDisposition
        'x-oss-storage-class': 'IA', // storageClass
        'x-oss-object-acl': 'private', // acl
        'x-oss-tagging': 'project=apollo', // tagging
        'x-oss-server-side-encryption': 'AES256', // serverSideEncryption
        'x-oss-forbid-overwrite': 'true', // forbidOverwrite
        'Content-Language': 'zh-CN', // headers
      },
      callback: {
        url: 'https://app.example.com/oss-callback', // callback.callbackUrl
        host: 'app.example.com', // callback.callbackHost
        body: 'object=${object}&album=${x:album}', // callback.callbackBody
        contentType: 'application/x-www-form-urlencoded', // callback.callbackBodyType
        customValue: { album: '7' }, // callbackVar, with "x:" before each name
      },
    });
    localStorage.removeItem(file.name); // nothing: deleted after success
    console.log(name, etag, data); // result.key, result.etag, result.callbackBody
  } catch (error) {
    if (client.isCancel()) return; // isAbortError(error); a pause leaves the result pending
    console.error((error as Error).name); // error.code, with a message that says what to do
  }
}

// ————— after —————

const uploader = createUploader({
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  endpoint: 'https://upload.example.com',
  cname: true,
  // A function, for the first credentials too. `stsToken` is accepted, and so is the whole AssumeRole response.
  credentials: sts,
  stallTimeout: 120_000,
});

export async function after(file: File, { bar, stopButton, cancelButton }: Page): Promise<void> {
  const task = uploader.upload(file, {
    key: KEY,
    parallel: 5,
    contentType: 'video/mp4',
    metadata: { author: 'li-lei' },
    cacheControl: 'private',
    contentDisposition: 'inline',
    storageClass: 'IA',
    acl: 'private',
    tagging: { project: 'apollo' },
    serverSideEncryption: 'AES256',
    forbidOverwrite: true,
    headers: { 'Content-Language': 'zh-CN' },
    callback: {
      callbackUrl: 'https://app.example.com/oss-callback',
      callbackHost: 'app.example.com',
      callbackBody: 'object=${object}&album=${x:album}',
      callbackBodyType: 'application/x-www-form-urlencoded',
    },
    callbackVar: { 'x:album': '7' },
  });
  const unsubscribe = task.subscribe(() => {
    const { loaded, total } = task.getSnapshot().progress;
    bar.value = loaded / (total || 1);
  });
  stopButton.onclick = () => (task.getSnapshot().status === 'paused' ? task.resume() : task.pause());
  cancelButton.onclick = () => task.abort();

  try {
    const { key, etag, callbackBody, verified } = await task.result;
    console.log(key, etag, callbackBody, verified);
  } catch (error) {
    if (isAbortError(error)) return;
    // ali-oss rejects with "CallbackFailed"; here the error has the stored object.
    if (error instanceof CallbackError) console.log('stored, but not accepted', error.result);
    else if (isUploadError(error)) console.error(error.code, error.message);
  } finally {
    unsubscribe();
  }
}
