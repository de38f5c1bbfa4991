/** Attributes that are properties too, as HTML has them: the property reads and writes the attribute. */
const STRINGS = ['accept', 'bucket', 'endpoint', 'key-prefix', 'name', 'region', 'theme'];
const FLAGS = ['directory', 'disabled', 'multiple', 'required'];

export const OBSERVED: string[] = [...STRINGS, ...FLAGS, 'max-size', 'lang', 'aria-label'];

/** `key-prefix` → `keyPrefix` */
const propertyOf = (attribute: string): string => attribute.replace(/-./, (part) => part.slice(1).toUpperCase());

/** Gives a class of elements these properties. */
export function reflect(prototype: HTMLElement): void {
  for (const attribute of [...STRINGS, ...FLAGS]) {
    const isFlag = FLAGS.includes(attribute);
    Object.defineProperty(prototype, propertyOf(attribute), {
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

export function setOrRemove(element: HTMLElement, attribute: string, value: unknown): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** What a page has set on the element before its class was there hides the accessors: it is set again, through them. */
export function adoptEarlyProperties(element: HTMLElement): void {
  for (const [name, value] of Object.entries(element)) {
    delete (element as unknown as Record<string, unknown>)[name];
    Object.assign(element, { [name]: value });
  }
}

/** The language that an element is in: its own, the nearest one around it, or the user's. */
export function languageTagOf(element: Element): string {
  const around = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  return around?.lang || (!around && root instanceof ShadowRoot ? languageTagOf(root.host) : navigator.language);
}
