import type { UploadTotals } from './uploads.js';
import type { Text } from './view/words.js';

/** What the element is to its form: a control whose value is the keys of what is uploaded. */
export interface FormValue {
  /** One entry a key, under this name; nothing without one. */
  write(name: string, keys: string[]): void;
  /** Says what keeps the form from being submitted. */
  validate(text: Text, files: UploadTotals['files'], required: boolean): void;
}

/** @param anchor what the browser points at when it says what is missing */
export function createFormValue(internals: ElementInternals, anchor: HTMLElement): FormValue {
  let message = '';

  return {
    write(name, keys) {
      const entries = new FormData();
      for (const key of keys) if (name) entries.append(name, key);
      internals.setFormValue(entries);
    },
    validate(text, { done, failed, open }, required) {
      const word = open ? 'tooEarly' : failed ? 'failedOnes' : required && !done ? 'needed' : undefined;
      const next = word ? text(word) : '';
      if (next !== message) internals.setValidity(word && { [word === 'needed' ? 'valueMissing' : 'customError']: true }, next, anchor);
      message = next;
    },
  };
}
