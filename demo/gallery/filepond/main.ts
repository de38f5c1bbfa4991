/** FilePond: all it needs for OSS is `server`. */
import * as FilePond from 'filepond';
import 'filepond/dist/filepond.min.css';
import { createFilePondServer } from 'oss-resumable/filepond';
import '../frame.js';
import { keyOf, uploader } from '../uploader.js';

const server = createFilePondServer(uploader, { key: keyOf, abortBehavior: 'continue' });
const status = document.querySelector('#status')!;

FilePond.create(document.querySelector('#file')!, {
  server,
  // Stored objects stay: a page that uploads shouldn't be allowed to delete.
  allowRevert: false,
  onprocessfile(error, { filename, serverId }) {
    status.textContent = error ? `${filename}: ${error.body}` : `Stored as ${serverId}`;
  },
  // A failed upload stays resumable until its file is removed from the list.
  onremovefile: (_error, { file }) => void server.taskOf(file)?.abort(),
});
