/** Lets a test ask the page what has become of the uploaders that its components made. */
import type { Uploader } from 'oss-resumable';

export interface UploadersWindow {
  /** Of each uploader, oldest first. */
  uploaders(): ('working' | 'disposed')[];
}

export function watchUploaders(create: () => Uploader): () => Uploader {
  const made: Uploader[] = [];
  Object.assign(window, { uploaders: () => made.map(conditionOf) } satisfies UploadersWindow);
  return () => {
    const uploader = create();
    made.push(uploader);
    return uploader;
  };
}

/** Both refuse a Blob without a name, each for a reason of its own. */
function conditionOf(uploader: Uploader): 'working' | 'disposed' {
  try {
    uploader.upload(new Blob());
  } catch (error) {
    if ((error as Error).message.includes('was disposed')) return 'disposed';
  }
  return 'working';
}
