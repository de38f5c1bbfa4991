/** The page that the end-to-end tests script: the built library as one global, and a file input. */
import * as ossResumable from 'oss-resumable';

declare global {
  interface Window {
    ossResumable: typeof ossResumable;
  }
}

window.ossResumable = ossResumable;
