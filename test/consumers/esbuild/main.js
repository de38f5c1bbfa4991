import * as library from 'oss-resumable';
import * as adapter from 'oss-resumable/uppy';
import { uploadWhatIsChosen } from '../page.js';

globalThis.adapter = adapter;
// esbuild doesn't follow `new Worker(new URL(…))`. Pages whose policy forbids workers from blobs serve the file themselves.
const servesWorker = location.search.includes('worker=served');
uploadWhatIsChosen(library, servesWorker ? { workerFactory: () => new Worker('/served/hash.worker.js', { type: 'module' }) } : {});
