/** FilePond with a server of the application, which reads and deletes objects. */
import * as FilePond from 'filepond';
import 'filepond/dist/filepond.min.css';
import { createFilePondServer } from 'oss-resumable/filepond';
import { options, uploader } from '../../../../demo/gallery/uploader.js';
import { callbackAt } from '../uploaders.js';

const reverted: string[] = [];

const wishes = new URLSearchParams(location.search);
const hasDefaultKeys = wishes.has('default-keys');

const createServer = () =>
  createFilePondServer(uploader, {
    key: hasDefaultKeys ? undefined : (_file, path) => `uploads/${path}`,
    callback: wishes.has('callback') ? callbackAt(options.endpoint) : undefined,
    abortBehavior: wishes.has('continue') ? 'continue' : undefined,
    optionsFor: (_file, { album }) => ({ metadata: { album: String(album) } }),
    onRevert: async (key) => {
      reverted.push(key);
    },
    open: async (key) => new Blob([`what is stored as ${key}`], { type: 'text/plain' }),
  });
const server = createServer();

const pond = FilePond.create(document.querySelector('#file')!, {
  server,
  instantUpload: false,
  onprocessfileabort: ({ file }) => void server.taskOf(file)?.abort(),
  files: [{ source: 'uploads/earlier.txt', options: { type: 'limbo' } }],
});

declare global {
  interface Window {
    pond: FilePond.FilePond;
    server: typeof server;
    createServer: typeof createServer;
    reverted: string[];
  }
}
Object.assign(window, { pond, server, createServer, reverted });
