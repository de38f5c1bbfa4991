import * as library from 'oss-resumable';
import * as adapter from 'oss-resumable/vue';
import { uploadWhatIsChosen } from './page.js';

globalThis.adapter = adapter;
uploadWhatIsChosen(library);
