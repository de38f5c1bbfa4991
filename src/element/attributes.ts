/** The attributes of `<oss-upload>` and the properties that reflect them: a property reads and writes its attribute, as in HTML. */
const STRINGS = ['accept', 'bucket', 'endpoint', 'key-prefix', 'name', 'region', 'theme'];
const FLAGS = ['directory', 'disabled', 'multiple', 'no-paste', 'required', 'unique-keys'];

export const OBSERVED: string[] = [...STRINGS, ...FLAGS, 'max-size', 'lang', 'aria-label'];

/** Without a DOM, the module can still be imported. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** An element whose attributes are also properties. */
export class ReflectingElement extends Base {
  /** File types, as in `<input type="file">`: `image/*,.pdf`. */
  declare accept: string;
  /** Region ID such as `cn-hangzhou`. */
  declare region: string;
  /** Bucket name. */
  declare bucket: string;
  /** Service endpoint, if it isn't the region's public endpoint. */
  declare endpoint: string;
  /** Prefix of the keys of all files: `uploads/`. */
  declare keyPrefix: string;
  /** Name of the form field. */
  declare name: string;
  /** `light` or `dark`; otherwise the `color-scheme` of the page. */
  declare theme: string;
  /** Accepts more than one file. */
  declare multiple: boolean;
  /** Offers to choose a folder, and accepts more than one file. */
  declare directory: boolean;
  /** Accepts no files, and disables all buttons. */
  declare disabled: boolean;
  /** Ignores pasted files. */
  declare noPaste: boolean;
  /** The form can't be submitted before a file is stored. */
  declare required: boolean;
  /** Makes random keys below the prefix; resumed uploads keep theirs. Has no effect where `uploadOptions` has a key. */
  declare uniqueKeys: boolean;

  static {
    for (const attribute of [...STRINGS, ...FLAGS]) {
      const isFlag = FLAGS.includes(attribute);
      // `key-prefix` becomes keyPrefix.
      const property = attribute.replace(/-./, (part) => part.slice(1).toUpperCase());
      Object.defineProperty(ReflectingElement.prototype, property, {
        configurable: true,
        enumerable: true,
        get(this: HTMLElement) {
          const value = this.getAttribute(attribute);
          return isFlag ? value !== null : (value ?? '');
        },
        set(this: HTMLElement, value: unknown) {
          setOrRemove(this, attribute, isFlag ? (value ? '' : undefined) : value);
        },
      });
    }
  }

  /** Largest accepted file in bytes; may be set as a number or as `5 GB`. @default no limit */
  get maxSize(): number | undefined {
    return parseSize(this.getAttribute('max-size'));
  }
  set maxSize(size: number | string | undefined) {
    setOrRemove(this, 'max-size', size);
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

/** The language of an element: its own, that of the nearest ancestor with one, or the user's. */
export function languageTagOf(element: Element): string {
  const labelled = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  if (!labelled && 'host' in root) return languageTagOf(root.host as Element);
  return labelled?.lang || navigator.language;
}

function setOrRemove(element: HTMLElement, attribute: string, value: unknown): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** Bytes of `5000`, `5 GB` or `1.5 MiB` (both binary, as file sizes are shown); `undefined` if it isn't a size. */
function parseSize(text: string | null): number | undefined {
  const [, number, unit] = /^([\d.]+) ?([kmgt]?)/.exec(text?.toLowerCase() ?? '') ?? [];
  return number ? Number(number) * 1024 ** ' kmgt'.indexOf(unit || ' ') : undefined;
}
