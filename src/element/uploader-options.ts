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
  const isUsable = ['function', 'object'].includes(typeof current());
  // createUploader() reports what is missing or of the wrong kind.
  return {
    unloadGuard: true,
    ...options,
    region: (region || options.region) as string,
    bucket: (bucket || options.bucket) as string,
    endpoint: endpoint || options.endpoint,
    credentials: isUsable
      ? (context) => {
          const credentials = current();
          return typeof credentials === 'function' ? credentials(context) : credentials;
        }
      : current(),
  };
}
