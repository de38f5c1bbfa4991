import type { Uploader } from '../index.js';

/**
 * Keeps one value for each uploader, as long as the uploader exists: a component that creates its adapter at each render finds the
 * uploads it has started.
 */
export function perUploader<T>(create: (uploader: Uploader) => T): (uploader: Uploader) => T {
  const values = new WeakMap<Uploader, T>();
  return (uploader) => {
    let value = values.get(uploader);
    if (!value) values.set(uploader, (value = create(uploader)));
    return value;
  };
}
