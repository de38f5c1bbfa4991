/**
 * What TypeScript has to accept of a plugin for Uppy, and what not: `types.spec.ts` compiles it against Uppy 6, `uppy.spec.ts`
 * against Uppy 5.
 */
import Uppy from '@uppy/core';
import type { Uploader, UploadTask } from 'oss-resumable';
import { OssUpload } from 'oss-resumable/uppy';

declare const uploader: Uploader;

const uppy: Uppy = new Uppy().use(OssUpload, { uploader });
export const task: UploadTask | undefined = uppy.getPlugin<OssUpload>('OssUpload')?.taskOf('file');

new Uppy<{ album: string }, { key: string; etag: string }>().use(OssUpload, {
  uploader,
  id: 'Originals',
  storageClass: 'IA',
  key: ({ meta }, path) => `${meta.album}/${path}`,
  optionsFor: ({ meta }) => ({ metadata: { album: String(meta.album) } }),
  waiting: { network: '等待网络' },
});

// @ts-expect-error An uploader is needed.
new Uppy().use(OssUpload, {});
// @ts-expect-error Likewise.
new Uppy().use(OssUpload);
// @ts-expect-error There is no such storage class.
new Uppy().use(OssUpload, { uploader, storageClass: 'Warm' });
