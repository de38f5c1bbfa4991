/** The attributes of `<oss-upload>` and the properties that reflect them: a property reads and writes its attribute, as in HTML. */
const isSet = (value: string | null): boolean => value !== null;
const toText = (value: string | null): string => value ?? '';
const toNumber = (value: string | null): number | undefined => (/^\d+$/.test(value ?? '') && Number(value)) || undefined;

const TEXTS = ['accept', 'bucket', 'capture', 'endpoint', 'key-prefix', 'name', 'region', 'signer', 'theme'];
const FLAGS = ['debug', 'directory', 'disabled', 'drop-anywhere', 'multiple', 'no-paste', 'required', 'system-files', 'unique-keys'];
const SIZES = ['max-size', 'max-total-size'];
const NUMBERS = ['max-files', 'min-files'];

/** What the property of each attribute returns. */
const READERS = new Map<string, (value: string | null) => unknown>();
for (const name of TEXTS) READERS.set(name, toText);
for (const name of FLAGS) READERS.set(name, isSet);
for (const name of SIZES) READERS.set(name, parseSize);
for (const name of NUMBERS) READERS.set(name, toNumber);

export const OBSERVED: string[] = [...READERS.keys(), 'lang', 'aria-label'];

/** Without a DOM, the module can still be imported. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** Sizes are read in bytes, and may be set as a text. */
export interface ReflectingElement {
  /** Largest accepted file in bytes; may be set as a number or as `5 GB`, of 1024³ bytes each. @default no limit */
  get maxSize(): number | undefined;
  set maxSize(size: number | string | undefined);
  /** Bytes of all files in the list; may be set as a number or as `5 GB`. @default no limit */
  get maxTotalSize(): number | undefined;
  set maxTotalSize(size: number | string | undefined);
}

/** An element whose attributes are also properties. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the accessors are defined below, from the table.
export class ReflectingElement extends Base {
  /** File types, as in `<input type="file">`: `image/*,.pdf`. */
  declare accept: string;
  /** Region ID such as `cn-hangzhou`. */
  declare region: string;
  /** Bucket name. */
  declare bucket: string;
  /** Which camera a phone opens: `user` or `environment`, as in `<input type="file">`. */
  declare capture: string;
  /** Service endpoint, if it isn't the region's public endpoint. */
  declare endpoint: string;
  /** URL of a handler of `oss-resumable/server` that signs requests, instead of `credentials`. */
  declare signer: string;
  /** Prefix of the keys of all files: `uploads/`. */
  declare keyPrefix: string;
  /** Name of the form field. */
  declare name: string;
  /** `light` or `dark`; otherwise the `color-scheme` of the page. */
  declare theme: string;
  /** Accepts more than one file. */
  declare multiple: boolean;
  /** Shows the last requests below the lists, for support. Their code is loaded when it is set. */
  declare debug: boolean;
  /** Offers to choose a folder, and accepts more than one file. */
  declare directory: boolean;
  /** Accepts no files, and disables all buttons. */
  declare disabled: boolean;
  /** Takes files dropped anywhere on the page. */
  declare dropAnywhere: boolean;
  /** Ignores pasted files. */
  declare noPaste: boolean;
  /** The form can't be submitted before a file is stored. */
  declare required: boolean;
  /** Uploads `.DS_Store`, `Thumbs.db` and `desktop.ini`, too. */
  declare systemFiles: boolean;
  /** Most files in the list. @default no limit */
  declare maxFiles: number | undefined;
  /** The form can't be submitted with fewer stored files. @default 0 */
  declare minFiles: number | undefined;
  /** Makes random keys below the prefix; resumed uploads keep theirs. Has no effect where `uploadOptions` has a key. */
  declare uniqueKeys: boolean;

  static {
    for (const [attribute, read] of READERS) {
      // `key-prefix` becomes keyPrefix.
      const property = attribute.replace(/-./g, (part) => part.slice(1).toUpperCase());
      Object.defineProperty(ReflectingElement.prototype, property, {
        configurable: true,
        enumerable: true,
        get(this: HTMLElement) {
          return read(this.getAttribute(attribute));
        },
        set(this: HTMLElement, value: unknown) {
          setOrRemove(this, attribute, read === isSet ? (value ? '' : undefined) : value);
        },
      });
    }
  }
}

/**
 * Properties that a page has set before the class was defined hide the accessors: sets them again, through the accessors. Read-only
 * properties such as `value` are skipped: they must not break the element.
 */
export function adoptEarlyProperties(element: HTMLElement): void {
  const properties = element as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(properties)) {
    delete properties[name];
    try {
      properties[name] = value;
    } catch {}
  }
}

function setOrRemove(element: HTMLElement, attribute: string, value: unknown): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** Bytes of `5000`, `5 GB` or `1.5 MiB` (both binary, as file sizes are shown); `undefined` if it isn't a size. */
function parseSize(text: string | null): number | undefined {
  const [, number, unit] = /^(\d+|\d*\.\d+) ?([kmgt]?)i?b?$/.exec(text?.trim().toLowerCase() ?? '') ?? [];
  return number ? Number(number) * 1024 ** ' kmgt'.indexOf(unit || ' ') : undefined;
}
