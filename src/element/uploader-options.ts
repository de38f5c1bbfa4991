/** The options of an element's uploader: its attributes and properties together. */
import type { Credentials, CredentialsProvider, UploaderOptions } from '../index.js';

/** What the element and the application have set. Read late: credentials may be replaced at any time. */
export interface OptionSources {
  readonly region: string;
  readonly bucket: string;
  readonly endpoint: string;
  readonly credentials: Credentials | CredentialsProvider | undefined;
  readonly options: Partial<UploaderOptions>;
}

export function uploaderOptions(sources: OptionSources): UploaderOptions {
  const { region, bucket, endpoint, options } = sources;
  const current = (): UploaderOptions['credentials'] =>
    sources.credentials ?? (sources.options.credentials as UploaderOptions['credentials']);
  // createUploader() reports missing options.
  return {
    unloadGuard: true,
    ...options,
    region: (region || options.region) as string,
    bucket: (bucket || options.bucket) as string,
    endpoint: endpoint || options.endpoint,
    credentials:
      current() &&
      ((context) => {
        const credentials = current();
        return typeof credentials === 'function' ? credentials(context) : credentials;
      }),
  };
}

/** Whether options say the same. Functions are not compared: a framework sets new ones at each render. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other || (typeof one === 'function' && typeof other === 'function')) return true;
  if (!isPlain(one) || !isPlain(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && isSame(one[name], other[name]));
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));
