/** Types of `<oss-upload>` for JSX. */
import type { OssUploadElement } from './element.js';
import type { OssUploadEventMap } from './events.js';
import type { StoredFile } from './links.js';

/** Properties whose getter and setter have the same type; those of sizes and of `initialValue` differ. */
type Property =
  | 'accept'
  | 'bucket'
  | 'capture'
  | 'credentials'
  | 'debug'
  | 'directory'
  | 'disabled'
  | 'dropAnywhere'
  | 'endpoint'
  | 'signer'
  | 'keyPrefix'
  | 'linkOf'
  | 'maxFiles'
  | 'messages'
  | 'minFiles'
  | 'multiple'
  | 'name'
  | 'noPaste'
  | 'options'
  | 'region'
  | 'required'
  | 'systemFiles'
  | 'theme'
  | 'uniqueKeys'
  | 'uploader'
  | 'uploadOptions';

type Properties = { [Name in Property]?: OssUploadElement[Name] | undefined };
type Listeners = { [Name in keyof OssUploadEventMap as `on${Name}`]?: ((event: OssUploadEventMap[Name]) => void) | undefined };

/**
 * The attributes of `<oss-upload>` in JSX, in addition to those of any element. React 19 sets properties, so that `credentials` may be
 * a function, and listens to events of any name, but does neither for an element that a server has rendered; React 18 never does.
 * Use a `ref` there.
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
  /** Bytes, or a text such as `5 GB`. */
  maxSize?: number | string | undefined;
  /** Bytes, or a text such as `5 GB`. */
  maxTotalSize?: number | string | undefined;
  /** Files that were stored before, or their keys. */
  initialValue?: readonly (StoredFile | string)[] | undefined;
  /** The attribute, which a server can render. */
  'drop-anywhere'?: true | '' | undefined;
  /** The attribute, which a server can render. */
  'max-files'?: number | string | undefined;
  /** The attribute, which a server can render. */
  'max-total-size'?: number | string | undefined;
  /** The attribute, which a server can render. */
  'min-files'?: number | string | undefined;
  /** The attribute, which a server can render. */
  'system-files'?: true | '' | undefined;
  /** The attribute, which a server can render. */
  'key-prefix'?: string | undefined;
  /** The attribute, which a server can render. */
  'max-size'?: number | string | undefined;
  /** The attribute. Not `false`, which React 18 would render as a text. */
  'no-paste'?: true | '' | undefined;
  /** The attribute, which a server can render. */
  'unique-keys'?: true | '' | undefined;
}
