/** The element `<oss-upload>`: its properties, its methods and its life on a page. */
import type { Credentials, CredentialsProvider, Uploader, UploaderOptions, UploadOptions, UploadTask } from '../index.js';
import { adoptEarlyProperties, OBSERVED, ReflectingElement } from './attributes.js';
import { readState } from './form.js';
import { isSame } from './is-same.js';
import { watchLanguage } from './languages.js';
import { type LinkOf, type StoredFile, toStoredFiles } from './links.js';
import type { Messages } from './messages.js';
import { takeDrops } from './take-drops.js';
import { takePastes } from './take-pastes.js';
import { uploaderOptions } from './uploader-options.js';
import { adoptStyle } from './view/style.js';
import { createWidget, type Widget } from './widget.js';

/** Options of the uploads: the same for all, or a function that returns them for each file. `path` is the file's path in its folder, or its name. */
export type ElementUploadOptions = UploadOptions | ((file: File, path: string) => UploadOptions);

/**
 * `<oss-upload>`: a complete upload widget, and a form control whose value is the keys of the stored files.
 *
 * Shadow parts: `root`, `dropzone`, `title`, `hint`, `buttons`, `button`, `problem`, `section`, `head`, `heading`, `list`, `row`,
 * `texts`, `name`, `line`, `status`, `figure`, `bar`, `fill`, `note`. A row also has its status as a part, and a button its action:
 * `choose-files`, `choose-folder`, `pause`, `resume`, `retry`, `cancel`, `remove`, `select-again`, `discard`, `pause-all`, …
 *
 * Custom properties, also inherited: `--oss-upload-` and `accent`, `surface`, `text`, `soft` (secondary text), `line` (borders),
 * `track` (of bars), `good`, `warn`, `bad`, `radius`, `list-height` (higher lists scroll; `none` for no limit).
 *
 * Slot: `hint`, instead of the text below the title.
 *
 * An element that is removed from the page continues its uploads, and shows them when it is added again. To stop them, call
 * `pauseAll()`, `cancelAll()` or `reset()`. Paused and failed uploads keep their files and a worker until the page is closed.
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
  #initialValue: readonly StoredFile[] = [];
  /** The browser has restored what the user had made of the initial value, which the page sets later. */
  #isRestored = false;
  #messages: Partial<Messages> = {};
  #linkOf: LinkOf | undefined;
  /** Ends what the element does only while it is on a page. */
  #ends: (() => void)[] = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#widget = createWidget(this, this.#internals, {
      forUploader: () => uploaderOptions(this),
      forUpload: (file, path) => (typeof this.#uploadOptions === 'function' ? this.#uploadOptions(file, path) : this.#uploadOptions),
    });
    root.append(this.#widget.view.root);
    // A click on a label of the page is dispatched to the element itself.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.focus());
    adoptEarlyProperties(this);
  }

  /** STS credentials, or better a function that fetches them. May be replaced at any time. */
  get credentials(): Credentials | CredentialsProvider | undefined {
    return this.#credentials;
  }
  set credentials(credentials: Credentials | CredentialsProvider | undefined) {
    const isFirst = !this.#credentials;
    this.#credentials = credentials;
    // Read at each call: a framework sets a new function at each render.
    if (isFirst) this.#applyOptions();
  }

  /**
   * Further options of the uploader; `region`, `bucket`, `endpoint`, `signer` and `credentials` of the element override them. A new
   * `region`, `bucket`, `endpoint` or `signer` applies to the next file; other options apply once no upload is in progress, new functions
   * only together with another option. `unloadGuard` is on by default here.
   */
  get options(): Partial<UploaderOptions> {
    return this.#options;
  }
  set options(options: Partial<UploaderOptions> | undefined) {
    const before = this.#options;
    this.#options = options ?? {};
    if (!isSame(before, this.#options)) this.#applyOptions();
  }

  /**
   * Options of the uploads that start from now on. A function is also called for unfinished uploads, with an empty file of the same
   * name: an unfinished upload is listed if the function returns its key or its `scope`. If `key` is a function, `key-prefix` decides.
   */
  get uploadOptions(): ElementUploadOptions {
    return this.#uploadOptions;
  }
  set uploadOptions(options: ElementUploadOptions | undefined) {
    const before = this.#uploadOptions;
    this.#uploadOptions = options ?? {};
    // A framework sets a new function at each render.
    if (!isSame(before, this.#uploadOptions) || !this.#widget.ownsUnfinished()) this.#widget.unfinished.refresh();
  }

  /** An uploader of the application, instead of one created from the options. Its uploads are shown; the application disposes it. */
  get uploader(): Uploader | undefined {
    return this.#external;
  }
  set uploader(uploader: Uploader | undefined) {
    this.#external = uploader;
    this.#widget.uploads.use(uploader);
    this.#applyOptions();
  }

  /**
   * Files that were stored before, as in a form that edits something: shown, removable, and part of the value. A reset shows them again;
   * so does another value, but not an equal one. Objects of removed files stay where they are: with `multiple` or `directory` no upload
   * gets their keys. @default none
   * @throws {TypeError} if a file has no key
   */
  get initialValue(): readonly StoredFile[] {
    return this.#initialValue;
  }
  set initialValue(files: readonly (StoredFile | string)[] | undefined) {
    const before = this.#initialValue;
    this.#initialValue = toStoredFiles(files ?? []);
    // A framework sets a new array at each render: what the user has removed stays removed.
    if (isSame(before, this.#initialValue)) return;
    if (!this.#isRestored) this.#widget.show(this.#initialValue);
    this.#isRestored = false;
  }

  /** Texts that replace those of the element's language; a whole dictionary brings its language with it. */
  get messages(): Partial<Messages> {
    return this.#messages;
  }
  set messages(messages: Partial<Messages> | undefined) {
    const before = this.#messages;
    this.#messages = messages ?? {};
    if (!isSame(before, this.#messages)) this.#widget.refresh();
  }

  /** Returns the address of a stored file: then rows of finished files have buttons that open it and copy its link. */
  get linkOf(): LinkOf | undefined {
    return this.#linkOf;
  }
  set linkOf(linkOf: LinkOf | undefined) {
    const isOther = !isSame(this.#linkOf, linkOf);
    this.#linkOf = linkOf;
    if (isOther) this.#widget.refresh();
  }

  /** The keys of the stored files, in the order of the list. */
  get value(): readonly string[] {
    return this.#widget.uploads.keys();
  }
  /** The uploads in the list. */
  get tasks(): readonly UploadTask[] {
    return this.#widget.uploads.tasks();
  }
  /** The form that the element belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  /** The labels of the element; the first one names it. */
  get labels(): NodeList {
    return this.#internals.labels;
  }
  /** `valueMissing` if a file is required and none is stored; `customError` while an upload is in progress, or if one has failed. */
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  /** The message that the browser shows, in the element's language. */
  get validationMessage(): string {
    return this.#internals.validationMessage;
  }
  /** Whether the form validates the element: not while it is disabled. */
  get willValidate(): boolean {
    return this.#internals.willValidate;
  }
  /** Returns whether the element is valid; dispatches `invalid` if not. */
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  /** The same as {@link checkValidity}; the browser also shows the message. */
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  /**
   * Uploads files as if they were dropped: `accept`, `max-size` and `multiple` apply.
   * @returns the uploads of the accepted files, once all files were checked. Its rejection needs no handler.
   * @throws {TypeError | RangeError} if an option is missing or invalid
   */
  addFiles(files: DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>): Promise<UploadTask[]> {
    return this.#widget.take(files);
  }
  /** Pauses all uploads in progress. */
  pauseAll(): void {
    this.#widget.actOnAll('pause');
  }
  /** Resumes all paused uploads. */
  resumeAll(): void {
    this.#widget.actOnAll('resume');
  }
  /** Retries all failed uploads. */
  retryAll(): void {
    this.#widget.actOnAll('retry');
  }
  /** Aborts all active and paused uploads, on the server as well. */
  cancelAll(): void {
    this.#widget.actOnAll('cancel');
  }
  /** Removes finished uploads from the list and from the value. */
  clear(): void {
    this.#widget.actOnAll('clear');
  }
  override focus(options?: FocusOptions): void {
    this.#widget.view.chooseFiles.focus(options);
  }

  connectedCallback(): void {
    const { view, uploads, unfinished, take, refresh } = this.#widget;
    const onVisible = (): void => {
      if (!document.hidden) unfinished.refresh();
    };
    adoptStyle(this.shadowRoot as ShadowRoot);
    uploads.connect();
    document.addEventListener('visibilitychange', onVisible);
    this.#ends = [
      takeDrops(this, view.root, take),
      takePastes(this, (files) => take(files, true)),
      watchLanguage(this, refresh),
      () => document.removeEventListener('visibilitychange', onVisible),
    ];
    refresh();
    unfinished.refresh();
  }

  disconnectedCallback(): void {
    for (const end of this.#ends) end();
    this.#widget.uploads.disconnect();
  }

  attributeChangedCallback(name: string): void {
    if (['region', 'bucket', 'endpoint', 'signer'].includes(name)) this.#applyOptions();
    if (['key-prefix', 'unique-keys'].includes(name)) this.#widget.unfinished.refresh();
    this.#widget.refresh();
  }

  formDisabledCallback(): void {
    this.#widget.refresh();
  }

  /** The user has come back in history: shows the files that were stored. */
  formStateRestoreCallback(state: unknown): void {
    this.#isRestored = this.#initialValue.length === 0;
    this.#widget.show(readState(state));
  }

  /** Empties the list; the value is the initial one again. Uploads stop (thousands bit by bit), stay resumable, and are listed as unfinished. */
  reset(): void {
    this.#isRestored = false;
    this.#widget.reset(this.#initialValue);
  }
  formResetCallback(): void {
    this.reset();
  }

  #applyOptions(): void {
    this.#widget.uploaders.markOutdated();
    this.#widget.unfinished.refresh();
  }
}
