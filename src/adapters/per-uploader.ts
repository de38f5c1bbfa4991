import type { Uploader } from '../index.js';

/**
 * Keeps something for each uploader, for as long as the uploader is there: a component that makes its adapter anew at each rendering
 * finds again what it has begun.
 */
export function perUploader<T>(create: () => T): (uploader: Uploader) => T {
  const made = new WeakMap<Uploader, T>();
  return (uploader) => {
    let one = made.get(uploader);
    if (!one) made.set(uploader, (one = create()));
    return one;
  };
}
