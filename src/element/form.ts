/** `<oss-upload>` as a form control: its value is the keys of the stored files. */
import type { UploadTotals } from './uploads.js';
import { type Phrase, type Text, WORDS } from './view/words.js';

export interface FormValue {
  /** Submits each key under this name; nothing without a name. */
  write(name: string, keys: string[]): void;
  /** Sets what keeps the form from being submitted. */
  validate(text: Text, files: UploadTotals['files'], required: boolean): void;
}

/** @param anchor what the browser points at when it shows the validation message */
export function createFormValue(internals: ElementInternals, anchor: HTMLElement): FormValue {
  let message = '';

  return {
    write(name, keys) {
      const entries = new FormData();
      for (const key of keys) if (name) entries.append(name, key);
      internals.setFormValue(entries);
    },
    validate(text, files, required) {
      const problem = problemOf(files, required);
      const next = problem ? text(problem) : '';
      if (next === message) return;
      message = next;
      const flag = problem === WORDS.form.required ? 'valueMissing' : 'customError';
      internals.setValidity(problem && { [flag]: true }, message, anchor);
    },
  };
}

function problemOf({ done, failed, open }: UploadTotals['files'], required: boolean): Phrase | undefined {
  if (open) return WORDS.form.busy;
  if (failed) return WORDS.form.failed;
  return required && !done ? WORDS.form.required : undefined;
}
