import { parseSize } from './intake.js';

/** Attributes that are properties too, as HTML has them: the property reads and writes the attribute. */
const STRINGS = ['accept', 'bucket', 'endpoint', 'key-prefix', 'name', 'region', 'theme'];
const FLAGS = ['directory', 'disabled', 'multiple', 'no-paste', 'required', 'unique-keys'];

export const OBSERVED: string[] = [...STRINGS, ...FLAGS, 'max-size', 'lang', 'aria-label'];

function setOrRemove(element: HTMLElement, attribute: string, value: unknown): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** Where there is no DOM, the module can still be imported. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** The attributes of `<oss-upload>` as properties. */
export class ReflectingElement extends Base {
  /** File kinds, as those of `<input type="file">`: `image/*,.pdf`. */
  declare accept: string;
  /** Region ID such as `cn-hangzhou`. */
  declare region: string;
  /** Bucket name. */
  declare bucket: string;
  /** Service endpoint, where it is not the region's public one. */
  declare endpoint: string;
  /** What the keys of all files begin with: `uploads/`. */
  declare keyPrefix: string;
  /** Of the form's field. */
  declare name: string;
  /** `light`, `dark`, or else what the page's `color-scheme` says. */
  declare theme: string;
  /** More than one file. */
  declare multiple: boolean;
  /** Offers to choose a folder; folders bring more than one file. */
  declare directory: boolean;
  /** Takes nothing, and none of its buttons can be pressed. */
  declare disabled: boolean;
  /** Pasted files are not for it, wherever the focus is. */
  declare noPaste: boolean;
  /** Its form can't be submitted before a file is uploaded. */
  declare required: boolean;
  /** Keys are random below the prefix, and unfinished uploads keep theirs; not where `uploadOptions` brings a key. */
  declare uniqueKeys: boolean;

  static {
    for (const attribute of [...STRINGS, ...FLAGS]) {
      const isFlag = FLAGS.includes(attribute);
      // `key-prefix` is keyPrefix.
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

  /** Bytes that a file may have at most; set as a number or as `5 GB`. @default no limit */
  get maxSize(): number | undefined {
    return parseSize(this.getAttribute('max-size'));
  }
  set maxSize(size: number | string | undefined) {
    setOrRemove(this, 'max-size', size);
  }
}

/**
 * What a page has set on the element before its class was there hides the accessors: it is set again, through them. What can only be
 * read, as `value`, is left as the class has it: it may not leave an element that doesn't work.
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

/** The language that an element is in: its own, the nearest one around it, or the user's. */
export function languageTagOf(element: Element): string {
  const around = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  return around?.lang || (!around && 'host' in root ? languageTagOf(root.host as Element) : navigator.language);
}
