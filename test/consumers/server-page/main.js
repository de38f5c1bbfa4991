import { createUploader } from './standalone.js';
import { uploadWhatIsChosen } from './page.js';

// Where the handler is stands in the page's query, too.
const signer = new URLSearchParams(location.search).get('signer') ?? '';
uploadWhatIsChosen({ createUploader }, { credentials: undefined, signer }, 'users/42/');
