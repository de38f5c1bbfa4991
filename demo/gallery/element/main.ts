/** The widget as a form control: the form submits the keys of the stored files. */
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
