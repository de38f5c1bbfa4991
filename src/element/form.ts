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
  stored(): readonly StoredFile[];
  /** Number of files in the value. */
  readonly storedCount: number;
  /** Busy while further files may come. */
  readonly batches: Pick<Batches, 'isBusy'>;
}

export interface FormValue {
  /**
   * Submits the key of each stored file under the element's name; nothing without a name. The browser keeps the files for the way back in
   * history.
   */
  write(): void;
  /** Sets what keeps the form from being submitted. */
  validate(): void;
}

/**
 * @param anchor what the browser points at when it shows the validation message
 * @param readText returns the texts of the element's language
 */
export function createFormValue(
  internals: ElementInternals,
  rules: FormRules,
  anchor: HTMLElement,
  uploads: Counted,
  readText: () => Text,
): FormValue {
  let known = '';

  return {
    write() {
      const files = uploads.stored();
      const entries = new FormData();
      for (const key of new Set(files.map(({ key }) => key))) if (rules.name) entries.append(rules.name, key);
      internals.setFormValue(entries, JSON.stringify(files));
    },
    validate() {
      const problem = problemOf(readText(), uploads, rules);
      // The message alone may be that of another flag.
      if (String(problem ?? '') === known) return;
      known = String(problem ?? '');
      const [flag, message] = problem ?? [];
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
