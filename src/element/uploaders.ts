/** The uploaders of one element: the application's, or its own, one for each place that files go to. */
import { createUploader, type Uploader, type UploaderOptions } from '../index.js';

export class Uploaders {
  readonly #readOptions: () => UploaderOptions;
  /** Created from the element's options, for the next file. */
  #own: Uploader | undefined;
  /** Where it uploads to, and who signs for it. */
  #place = '';
  /** All of the element's own that aren't disposed, with the number of uploads that are not done: uploads end where they were started. */
  readonly #created = new Map<Uploader, number>();
  #isOutdated = false;
  /** Given by the application, which disposes it. */
  external: Uploader | undefined;
  /** The element is on a page. */
  isConnected = false;
  /** Called when {@link all} may return others. */
  onChange: (() => void) | undefined;

  constructor(readOptions: () => UploaderOptions) {
    this.#readOptions = readOptions;
  }

  /**
   * For the next file.
   * @param isQuiet no upload is in progress
   * @throws {TypeError | RangeError} if an option is missing or invalid
   */
  next(isQuiet: boolean): Uploader {
    if (this.external) return this.external;
    const options = this.#readOptions();
    // A function that signs is read at each call: as a text it is always the same.
    const place = [options.region, options.bucket, options.endpoint, options.signer].join();
    // A file goes where the options say now. Other options wait for a quiet moment.
    if (place !== this.#place || (this.#isOutdated && isQuiet)) {
      this.#own = undefined;
      this.disposeIdle();
    }
    if (!this.#own) {
      this.#own = createUploader(options);
      this.#created.set(this.#own, 0);
      this.#place = place;
      this.#isOutdated = false;
      this.onChange?.();
    }
    return this.#own;
  }

  /** Those that upload for this element. The application's is left alone while the element is on no page. */
  all(): Uploader[] {
    return [...this.#created.keys(), ...(this.isConnected && this.external ? [this.external] : [])];
  }

  /** Options have changed. */
  markOutdated(): void {
    this.#isOutdated = true;
    this.onChange?.();
  }

  /** Whether it was created here. */
  isOwn(uploader: Uploader): boolean {
    return this.#created.has(uploader);
  }

  /** Counts an upload that is not done. @param change 1 or -1 */
  count(uploader: Uploader, change: number): void {
    const open = this.#created.get(uploader);
    if (open !== undefined) this.#created.set(uploader, open + change);
  }

  /** An uploader with nothing to do keeps no worker and no connections, unless the next file gets it. A failed upload may be retried. */
  disposeIdle(): void {
    for (const [uploader, open] of this.#created) {
      const isNext = uploader === this.#own;
      if (open > 0 || (isNext && this.isConnected && !this.external)) continue;
      if (isNext) this.#own = undefined;
      this.#created.delete(uploader);
      void uploader.dispose();
    }
    this.onChange?.();
  }
}
