/** The options of an element's uploader: its attributes and properties together. */
import type { Credentials, CredentialsProvider, RequestSigner, UploaderOptions } from '../index.js';

/** What the element and the application have set. Read late: credentials and signer may be replaced at any time. */
export interface OptionSources {
  readonly region: string;
  readonly bucket: string;
  readonly endpoint: string;
  readonly signer: string;
  readonly credentials: Credentials | CredentialsProvider | undefined;
  readonly options: Partial<UploaderOptions>;
}

export function uploaderOptions(sources: OptionSources): UploaderOptions {
  const { region, bucket, endpoint, options } = sources;
  const credentials = (): UploaderOptions['credentials'] => sources.credentials ?? sources.options.credentials;
  const signer = (): UploaderOptions['signer'] => sources.signer || sources.options.signer;
  // createUploader() reports what is missing or of the wrong kind.
  return {
    unloadGuard: true,
    ...options,
    region: (region || options.region) as string,
    bucket: (bucket || options.bucket) as string,
    endpoint: endpoint || options.endpoint,
    credentials: ['function', 'object'].includes(typeof credentials())
      ? (context) => {
          const current = credentials() as Credentials | CredentialsProvider;
          return typeof current === 'function' ? current(context) : current;
        }
      : credentials(),
    signer: typeof signer() === 'function' ? (requests, context) => (signer() as RequestSigner)(requests, context) : signer(),
  };
}
