import * as library from 'https://cdn.example/oss-resumable/dist/standalone.js';
import { uploadWhatIsChosen } from './page.js';

uploadWhatIsChosen(library);
