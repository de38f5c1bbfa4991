/** What TypeScript has to accept of a server for FilePond, and what not. */
import { create, type FilePondOptions } from 'filepond';
import type { Uploader } from 'oss-resumable';
import { createFilePondServer } from 'oss-resumable/filepond';

declare const uploader: Uploader;

export const server: FilePondOptions['server'] = createFilePondServer(uploader);

create(undefined, {
  server: createFilePondServer(uploader, {
    key: (_file, path) => `uploads/${path}`,
    optionsFor: (_file, metadata) => ({ metadata: { album: String(metadata.album) } }),
    onRevert: (key) => fetch(`/objects/${key}`, { method: 'DELETE' }),
    open: async (key, { signal }) => (await fetch(`/objects/${key}`, { signal })).blob(),
  }),
  onremovefile: (_error, { file }) => void createFilePondServer(uploader).taskOf(file)?.abort(),
});

// @ts-expect-error There is no such storage class.
createFilePondServer(uploader, { storageClass: 'Warm' });
