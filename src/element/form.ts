/** `<oss-upload>` as a form control: its value is the keys of the stored files. */
import type { Batches } from './batches.js';
import type { StoredFile } from './links.js';
import type { Text } from './messages.js';
import type { UploadTotals } from './totals.js';

/** The attributes that decide whether the form can be submitted. */
export interface FormRules {
  readonly name: string;
  readonly required: boolean;
  readonly minFiles: number | undefined;
}

/** What it depends on, beside the rules. */
interface Counted {
  files(): UploadTotals['files'];
  /** Number of files in the value. */
  readonly storedCount: number;
  /** Busy while further files may come. */
  readonly batches: Pick<Batches, 'isBusy'>;
}

export interface FormValue {
  /** Submits each key under the element's name; nothing without a name. The browser keeps the files for the way back in history. */
  write(files: readonly StoredFile[]): void;
  /** Sets what keeps the form from being submitted. */
  validate(text: Text, uploads: Counted): void;
}

/** @param anchor what the browser points at when it shows the validation message */
export function createFormValue(internals: ElementInternals, rules: FormRules, anchor: HTMLElement): FormValue {
  let message = '';

  return {
    write(files) {
      const entries = new FormData();
      for (const key of new Set(files.map(({ key }) => key))) if (rules.name) entries.append(rules.name, key);
      internals.setFormValue(entries, JSON.stringify(files));
    },
    validate(text, uploads) {
      const [flag, next] = problemOf(text, uploads, rules) ?? [];
      if ((next ?? '') === message) return;
      message = next ?? '';
      internals.setValidity(flag && { [flag]: true }, message, anchor);
    },
  };
}

/** The files that {@link FormValue.write} gave the browser. */
export function readState(state: unknown): StoredFile[] {
  try {
    return JSON.parse(state as string);
  } catch {
    return [];
  }
}

function problemOf(
  text: Text,
  uploads: Counted,
  { required, minFiles = 0 }: FormRules,
): [flag: keyof ValidityState, message: string] | undefined {
  const { failed, open, paused } = uploads.files();
  const { storedCount: stored, batches } = uploads;
  if (batches.isBusy && !open) return ['customError', text('formBusy')];
  if (open) return ['customError', text(open === paused ? 'formPaused' : 'formBusy')];
  if (failed) return ['customError', text('formFailed')];
  const least = Math.max(minFiles, Number(required));
  if (stored >= least) return undefined;
  return [stored ? 'rangeUnderflow' : 'valueMissing', text('minimum', { count: least })];
}
