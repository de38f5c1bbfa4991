/** The texts of `<oss-upload>`: their type, and how a text with a number, a size or a time is made in a language. */

import type { TaskState, WaitReason } from '../index.js';

/** A text, or one for each plural category of the language (`Intl.PluralRules`). The number is `{count}`. */
export type Plural = string | ({ readonly [Category in Intl.LDMLPluralRule]?: string } & { readonly other: string });

/** Names of the texts, each with the words in braces that are replaced in it. */
type Sentence =
  // The name of the control for screen readers, unless it has a label, and of the list.
  | 'uploads'
  // The drop zone; `dropNow` while files are held over it. Limits: {size}. Kinds of accepted files.
  | 'dropFiles'
  | 'dropFolders'
  | 'dropNow'
  | 'paste'
  | 'hint'
  | 'chooseFiles'
  | 'chooseFolder'
  | 'sizeLimit'
  | 'totalLimit'
  | 'image'
  | 'video'
  | 'audio'
  // Heads of lists. `progress`: {done} and {total} are numbers of files. `finished` shows and hides the rows of finished files.
  | 'unfinished'
  | 'progress'
  | 'finished'
  // Statuses. `waiting`: for the network, which the banner `offline` explains. `stalled` and `left`: {time}. `stored`: {loaded} and
  // {total} are sizes. `verified`: OSS's checksum equals that of the file.
  | Exclude<TaskState['status'], 'aborted'>
  | WaitReason
  | 'offline'
  | 'stalled'
  | 'left'
  | 'stored'
  | 'verified'
  | 'notResumable'
  | 'differentFile'
  // Buttons. `keep` answers `discardQuestion` with no; {size} is already stored. `discardFailed`: the unfinished upload is still there.
  | 'pause'
  | 'resume'
  | 'retry'
  | 'cancel'
  | 'remove'
  | 'select-again'
  | 'discard'
  | 'keep'
  | 'open'
  | 'copy-link'
  | 'copy'
  | 'copied'
  | 'close'
  | 'details'
  | 'pause-all'
  | 'resume-all'
  | 'retry-all'
  | 'cancel-all'
  | 'discard-all'
  | 'clear-all'
  | 'discardQuestion'
  | 'discardFailed'
  // Why an upload has failed, by the error's `code` or `name`. Every other failure is `UploadFailed`.
  | 'UploadFailed'
  | 'AccessDenied'
  | 'CredentialsError'
  | 'NetworkError'
  | 'FileChangedError'
  | 'FileUnreadableError'
  | 'FileAlreadyExists'
  | 'CallbackError'
  // Why a file was rejected; shown after its name.
  | 'accept'
  | 'max-size'
  | 'multiple'
  | 'empty-folder'
  | 'invalid'
  // Why the form can't be submitted.
  | 'formBusy'
  | 'formPaused'
  | 'formFailed';

/** Names of the texts that depend on a number, {count}. `minimum` is both a rule of the drop zone and why a form can't be submitted. */
type Counted = 'fileLimit' | 'allDone' | 'someFailed' | 'minimum';

/** All texts of `<oss-upload>` in one language. Words in braces are replaced; a text may leave them out. */
export type Messages = Readonly<Record<Sentence, string> & Record<Counted, Plural>> & {
  /** Tag of the language (BCP 47), which numbers, sizes, times and plurals follow. */
  readonly language: string;
};

/** Name of a text. */
export type MessageName = Sentence | Counted;

/** Makes texts in one language. */
export interface Text {
  /** @param values replace the words in braces; `count` also decides about the plural */
  (name: MessageName, values?: Record<string, string | number>): string;
  readonly language: string;
  /** The text of this name, if there is one. */
  find(name: string): string | undefined;
  /** `1.5 GB`, at most three digits; a KB has 1024 bytes, as in most file managers. */
  size(bytes: number): string;
  /** `3,141 s` as `52 min 21 sec`: one or two units. */
  time(milliseconds: number): string;
  /** `31%`, rounded down: 100 % is a promise. */
  percent(share: number): string;
  /** Date and time. */
  date(milliseconds: number): string;
}

const TIMES = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];

export function createText(messages: Messages): Text {
  const { language } = messages;
  const plurals = new Intl.PluralRules(language);
  const formats = new Map<string, Intl.NumberFormat>();

  /** A format is expensive to make, and needed for each figure. */
  function format(value: number, options: Intl.NumberFormatOptions): string {
    const id = JSON.stringify(options);
    const known = formats.get(id) ?? new Intl.NumberFormat(language, options);
    formats.set(id, known);
    return known.format(value);
  }

  const unit = (value: number, name: string): string =>
    format(value, { style: 'unit', unit: name, unitDisplay: name === 'byte' ? 'narrow' : 'short', maximumSignificantDigits: 3 });

  const text = (name: MessageName, values: Record<string, string | number> = {}): string => {
    const message: Plural = messages[name];
    const template = typeof message === 'string' ? message : (message[plurals.select(Number(values['count']))] ?? message.other);
    return template.replace(/\{(\w+)\}/g, (_, word: string) => {
      const value = values[word] ?? '';
      return typeof value === 'number' ? format(value, {}) : value;
    });
  };

  return Object.assign(text, {
    language,
    find: (name: string) => (name in messages ? text(name as MessageName) : undefined),
    size(bytes: number) {
      let power = 0;
      for (let rest = bytes; rest >= 1000 && power < SIZES.length - 1; rest /= 1024) power += 1;
      return unit(bytes / 1024 ** power, SIZES[power] as string);
    },
    time(milliseconds: number) {
      let rest = Math.ceil(milliseconds / 1000);
      const parts: string[] = [];
      for (const [name, seconds] of TIMES) {
        const value = Math.floor(rest / seconds);
        rest -= value * seconds;
        if (value) parts.push(unit(value, name));
        // Not more than two neighbours: seconds say nothing beside hours.
        else if (parts.length) break;
      }
      return parts.slice(0, 2).join(' ') || unit(0, 'second');
    },
    percent: (share: number) => format(Math.floor(100 * share) / 100, { style: 'percent' }),
    date: (milliseconds: number) => new Date(milliseconds).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' }),
  });
}
