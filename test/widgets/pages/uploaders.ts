/** Tells a test which of the uploaders that a page's components have created still work. */
import type { Uploader, UploaderOptions } from 'oss-resumable';

export interface UploadersWindow {
  /** One entry per uploader, oldest first. */
  uploaders(): ('working' | 'disposed')[];
}

/** Asks the service to call the application server that the embedded OSS has for tests. */
export function callbackAt(endpoint: UploaderOptions['endpoint']): { callbackUrl: string; callbackBody: string } {
  return { callbackUrl: `${endpoint}/_callback`, callbackBody: 'key=${object}' };
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

/** Both refuse a Blob without a name, with different messages. */
function conditionOf(uploader: Uploader): 'working' | 'disposed' {
  try {
    uploader.upload(new Blob());
  } catch (error) {
    if ((error as Error).message.includes('was disposed')) return 'disposed';
  }
  return 'working';
}
