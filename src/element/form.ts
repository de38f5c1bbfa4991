import type { UploadTask } from '../index.js';

import type { Totals } from './uploads.js';
import type { Text } from './words.js';

/** What the element is to its form: a control whose value is the keys of what is uploaded. */
export interface FormValue {
  /** The keys, in the order in which the uploads were done. */
  keys(): string[];
  add(task: UploadTask, key: string): void;
  remove(task: UploadTask): boolean;
  /** From now on under this name. */
  rename(name: string): void;
  /** Says what keeps the form from being submitted. */
  validate(text: Text, files: Totals['files'], required: boolean, anchor: HTMLElement): void;
}

export function createFormValue(internals: ElementInternals): FormValue {
  const keys = new Map<UploadTask, string>();
  let field = '';
  let entries = new FormData();
  let message = '';

  function write(): void {
    internals.setFormValue(entries);
  }
  function rewrite(): void {
    entries = new FormData();
    for (const key of keys.values()) if (field) entries.append(field, key);
    write();
  }

  return {
    keys: () => [...keys.values()],
    // One more costs the same whether it is the second or the 5,000th.
    add(task, key) {
      keys.set(task, key);
      if (field) entries.append(field, key);
      write();
    },
    remove(task) {
      const had = keys.delete(task);
      if (had) rewrite();
      return had;
    },
    rename(name) {
      if (name === field) return;
      field = name;
      rewrite();
    },
    validate(text, { done, failed, open }, required, anchor) {
      const word = open ? 'tooEarly' : failed ? 'failedOnes' : required && !done ? 'needed' : undefined;
      const next = word ? text(word) : '';
      if (next !== message) internals.setValidity(word && { [word === 'needed' ? 'valueMissing' : 'customError']: true }, next, anchor);
      message = next;
    },
  };
}
