/** FilePond: its `server` is ours. */
import * as FilePond from 'filepond';
import 'filepond/dist/filepond.min.css';
import { createFilePondServer } from 'oss-resumable/filepond';
import '../frame.js';
import { keyOf, uploader } from '../uploader.js';

const server = createFilePondServer(uploader, { key: keyOf });
const status = document.querySelector('#status')!;

FilePond.create(document.querySelector('#file')!, {
  server,
  // What is stored stays: deleting objects is no business of an uploading page.
  allowRevert: false,
  onprocessfile(error, { filename, serverId }) {
    status.textContent = error ? `${filename}: ${error.body}` : `Stored as ${serverId}`;
  },
  // A failed upload can be resumed, unless its file is taken off the list.
  onremovefile: (_error, { file }) => void server.taskOf(file)?.abort(),
});
