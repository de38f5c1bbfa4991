/** The widget as a control of a form: what is sent are the keys of what was uploaded. */
import 'oss-resumable/element';
import '../frame.js';
import './element.css';
import { options } from '../uploader.js';

const upload = document.querySelector('oss-upload')!;
upload.options = options;

document.querySelector('form')!.addEventListener('submit', (event) => {
  event.preventDefault();
  const keys = new FormData(event.currentTarget as HTMLFormElement).getAll('attachments');
  document.querySelector('output')!.textContent = `attachments: ${keys.join(', ')}`;
});
