import type { Credentials, CredentialsProvider, Uploader, UploaderOptions, UploadOptions, UploadTask } from '../index.js';
import { adoptEarlyProperties, OBSERVED, ReflectingElement } from './attributes.js';
import type { OssUploadEventMap } from './events.js';
import { adoptStyle } from './view/style.js';
import { takeDrops } from './take-drops.js';
import { takePastes } from './take-pastes.js';
import { createWidget, type Widget } from './widget.js';

/** Options of each upload: the same for all, or made for each file. `path` is the file's place in its folder, or its name. */
export type ElementUploadOptions = UploadOptions | ((file: File, path: string) => UploadOptions);

/**
 * `<oss-upload>`: a complete upload widget, and a form control whose value is the keys of what is uploaded.
 *
 * Shadow parts: `root`, `dropzone`, `title`, `hint`, `buttons`, `button`, `problem`, `section`, `head`, `heading`, `list`, `row`,
 * `texts`, `name`, `line`, `status`, `figure`, `bar`, `fill`, `note`. A row has its status as a part too, a button what it
 * does: `choose-files`, `choose-folder`, `pause`, `resume`, `retry`, `cancel`, `remove`, `again`, `discard`, `pause-all`, …
 *
 * Custom properties, also inherited: `--oss-upload-` and `accent`, `surface`, `text`, `soft` (lesser text), `line` (borders),
 * `track` (of bars), `good`, `warn`, `bad`, `radius`, `list-height` (beyond which lists scroll, `none` for never).
 *
 * Slot: `hint`, in place of the text below the title.
 *
 * Taken off the page, it continues what is under way, and shows it when it is put back: a page that wants otherwise calls
 * `pauseAll()`, `cancelAll()` or `reset()`. What is paused or has failed then keeps its files and a worker until the page is left.
 *
 * @example
 * import 'oss-resumable/element';
 * // <oss-upload region="cn-hangzhou" bucket="examplebucket" multiple directory name="files"></oss-upload>
 * const upload = document.querySelector('oss-upload');
 * upload.credentials = async ({ signal }) => {
 *   const response = await fetch('/sts', { signal });
 *   if (!response.ok) throw new Error(`The STS endpoint answered ${response.status}`);
 *   return response.json();
 * };
 * upload.addEventListener('oss-upload-success', ({ detail }) => console.log(detail.result.key));
 */
export class OssUploadElement extends ReflectingElement {
  static readonly formAssociated: boolean = true;
  static readonly observedAttributes: readonly string[] = OBSERVED;

  readonly #internals: ElementInternals = this.attachInternals();
  readonly #widget: Widget;
  #credentials: Credentials | CredentialsProvider | undefined;
  #options: Partial<UploaderOptions> = {};
  #uploadOptions: ElementUploadOptions = {};
  #external: Uploader | undefined;
  #connection: AbortController | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    adoptStyle(root);
    this.#widget = createWidget(this, this.#internals, {
      forUploader: () => this.#uploaderOptions(),
      forUpload: (file, path) => this.#optionsFor(file, path),
    });
    root.append(this.#widget.root);
    takeDrops(this.#widget.root, this.#widget.take);
    // A click on a label of the page's comes to the element itself.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.focus());
    adoptEarlyProperties(this);
  }

  /** STS credentials, or better a function that fetches them. May be replaced at any time. */
  get credentials(): Credentials | CredentialsProvider | undefined {
    return this.#credentials;
  }
  set credentials(credentials: Credentials | CredentialsProvider | undefined) {
    this.#credentials = credentials;
    this.#review();
  }

  /**
   * Further options of the uploader; `region`, `bucket`, `endpoint` and `credentials` of the element come first. Taken when
   * nothing is under way; `unloadGuard` is on here.
   */
  get options(): Partial<UploaderOptions> {
    return this.#options;
  }
  set options(options: Partial<UploaderOptions> | undefined) {
    this.#options = options ?? {};
    this.#review();
  }

  /**
   * Options of the uploads that begin from now on. A function is also asked about unfinished uploads, with an empty file of the same
   * name: those that it gives their key to, or which are in its `scope`, are listed. Where `key` is a function, `key-prefix` says which are.
   */
  get uploadOptions(): ElementUploadOptions {
    return this.#uploadOptions;
  }
  set uploadOptions(options: ElementUploadOptions | undefined) {
    this.#uploadOptions = options ?? {};
  }

  /** An uploader of the page's, whose uploads are all shown, and which the page disposes of; else the one made of the options. */
  get uploader(): Uploader | undefined {
    return this.#external;
  }
  set uploader(uploader: Uploader | undefined) {
    this.#external = uploader;
    this.#widget.uploads.use(uploader);
    this.#review();
  }

  /** The keys of what is uploaded, in the order of the list. */
  get value(): readonly string[] {
    return this.#widget.uploads.keys();
  }
  /** The uploads of the list. */
  get tasks(): readonly UploadTask[] {
    return this.#widget.uploads.tasks();
  }
  /** The form it is a control of. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  /** The page's labels for it; the first one names it. */
  get labels(): NodeList {
    return this.#internals.labels;
  }
  /** `valueMissing` when required and nothing is there; `customError` while an upload is under way, or when one has failed. */
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  /** What the browser would tell the user, in the element's language. */
  get validationMessage(): string {
    return this.#internals.validationMessage;
  }
  /** Whether it counts when its form is submitted: not while it is disabled. */
  get willValidate(): boolean {
    return this.#internals.willValidate;
  }
  /** Whether it is valid; dispatches `invalid` where not. */
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  /** As {@link checkValidity}, and the browser tells the user. */
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  /**
   * Uploads files, as if they were dropped: by the rules of `accept`, `max-size` and `multiple`.
   * @returns those that were taken, when all were looked at; nobody has to listen for its rejection
   * @throws {TypeError | RangeError} when an option is missing or can't be
   */
  addFiles(files: DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>): Promise<UploadTask[]> {
    return this.#widget.take(files);
  }
  /** Pauses all that is under way. */
  pauseAll(): void {
    this.#widget.actOnAll('pause');
  }
  /** Goes on with all that is paused. */
  resumeAll(): void {
    this.#widget.actOnAll('resume');
  }
  /** Tries again all that failed. */
  retryAll(): void {
    this.#widget.actOnAll('retry');
  }
  /** Gives up all that is neither done nor failed, on the server too. */
  cancelAll(): void {
    this.#widget.actOnAll('cancel');
  }
  /** Takes what is done off the list, and out of the value. */
  clear(): void {
    this.#widget.actOnAll('clear');
  }
  override focus(options?: FocusOptions): void {
    this.#widget.focus(options);
  }

  connectedCallback(): void {
    const { uploads, take, refresh, refreshLeftOvers } = this.#widget;
    uploads.connect();
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    takePastes(this, (files) => take(files, true), signal);
    const language = new MutationObserver(refresh);
    language.observe(document.documentElement, { attributeFilter: ['lang'] });
    signal.addEventListener('abort', () => language.disconnect());
    refresh();
    refreshLeftOvers();
  }

  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#widget.uploads.disconnect();
  }

  attributeChangedCallback(name: string): void {
    if (['region', 'bucket', 'endpoint'].includes(name)) this.#review();
    this.#widget.refresh();
  }

  formDisabledCallback(): void {
    this.#widget.refresh();
  }

  /** Empties the list and the value. What was under way stops, here only, and is listed as unfinished. */
  reset(): void {
    this.#widget.uploads.reset();
  }
  formResetCallback(): void {
    this.reset();
  }

  #review(): void {
    this.#widget.uploads.review();
    if (this.isConnected) this.#widget.refreshLeftOvers();
  }

  #uploaderOptions(): UploaderOptions {
    const { region, bucket, endpoint } = this;
    const options = this.#options;
    const current = (): UploaderOptions['credentials'] => this.#credentials ?? (options.credentials as UploaderOptions['credentials']);
    // What is missing, createUploader() says.
    return {
      unloadGuard: true,
      ...options,
      region: (region || options.region) as string,
      bucket: (bucket || options.bucket) as string,
      endpoint: endpoint || options.endpoint,
      // Looked up each time: a framework sets a new function at each of its renderings.
      credentials:
        current() &&
        ((context) => {
          const credentials = current();
          return typeof credentials === 'function' ? credentials(context) : credentials;
        }),
    };
  }

  #optionsFor(file: File, path: string): UploadOptions {
    return typeof this.#uploadOptions === 'function' ? this.#uploadOptions(file, path) : this.#uploadOptions;
  }
}

/**
 * Defines the element under a name; importing this module has done so as `oss-upload`. Does nothing where there are no
 * custom elements (on a server), or when the name is taken.
 *
 * @param name with a hyphen. @default 'oss-upload'
 * @example
 * defineOssUpload('my-upload');
 */
export function defineOssUpload(name = 'oss-upload'): void {
  const { customElements } = globalThis;
  if (!customElements || customElements.get(name)) return;
  // A class has one name: others are its heirs.
  customElements.define(name, name === 'oss-upload' ? OssUploadElement : class extends OssUploadElement {});
}

declare global {
  interface HTMLElementTagNameMap {
    'oss-upload': OssUploadElement;
  }
  interface HTMLElementEventMap extends OssUploadEventMap {}
}
