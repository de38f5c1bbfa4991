import type { OssUploadElement } from './element.js';
import type { OssUploadEventMap } from './events.js';

/** Those that are written as they are read: `maxSize` is not. */
type Property =
  | 'accept'
  | 'bucket'
  | 'credentials'
  | 'directory'
  | 'disabled'
  | 'endpoint'
  | 'keyPrefix'
  | 'multiple'
  | 'name'
  | 'noPaste'
  | 'options'
  | 'region'
  | 'required'
  | 'theme'
  | 'uniqueKeys'
  | 'uploader'
  | 'uploadOptions';

type Properties = { [Name in Property]?: OssUploadElement[Name] | undefined };
type Listeners = { [Name in keyof OssUploadEventMap as `on${Name}`]?: ((event: OssUploadEventMap[Name]) => void) | undefined };

/**
 * What JSX may write on an `<oss-upload>`, besides what it may on any element. React 19 sets properties as such, so that
 * `credentials` may be a function, and listens to events of any name, but does neither to what a server has rendered;
 * React 18 never does. There, a `ref` does both.
 *
 * @example
 * import type { OssUploadAttributes, OssUploadElement } from 'oss-resumable/element';
 *
 * declare module 'react' {
 *   namespace JSX {
 *     interface IntrinsicElements {
 *       'oss-upload': OssUploadAttributes & HTMLAttributes<OssUploadElement> & RefAttributes<OssUploadElement>;
 *     }
 *   }
 * }
 */
export interface OssUploadAttributes extends Properties, Listeners {
  /** Bytes, or as `5 GB`. */
  maxSize?: number | string | undefined;
  /** The attribute, which a server can write, too. */
  'key-prefix'?: string | undefined;
  /** Likewise. */
  'max-size'?: number | string | undefined;
  /** Likewise; not `false`, which React 18 writes as a text. */
  'no-paste'?: true | '' | undefined;
  /** Likewise. */
  'unique-keys'?: true | '' | undefined;
}
