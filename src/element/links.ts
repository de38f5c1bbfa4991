/** What a user can do with a stored file: open it, or copy its link. */
import { type Copier, createCopier } from './view/copier.js';
import type { Action } from './view/row.js';

/** A stored file. */
export interface StoredFile {
  /** The object's key. */
  readonly key: string;
  /** What the user sees. @default the last part of the key */
  readonly name?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

/** @throws {TypeError} if one has no key */
export function toStoredFiles(files: readonly (StoredFile | string)[]): StoredFile[] {
  const stored = Array.isArray(files) && files.map((file) => (typeof file === 'string' ? { key: file } : file));
  if (!stored || stored.some((file) => typeof file?.key !== 'string')) {
    throw new TypeError('initialValue must be an array of keys, or of { key, name?, size? }');
  }
  return stored;
}

/** Returns the address at which a user can open a stored file, or nothing. Called at each click: a signed address may expire. */
export type LinkOf = (file: StoredFile) => Link | Promise<Link>;
type Link = string | URL | undefined;

export interface Links extends Pick<Copier, 'hasCopied'> {
  /** `open` and `copy-link`, if there are links. */
  actions(): (Action | undefined)[];
  /** Does nothing if there is no link, or no permission to copy it. @param onChange called whenever `hasCopied` has changed */
  act(action: 'open' | 'copy-link', onChange: () => void): Promise<void>;
}

export function createLinks(file: () => StoredFile, readLinkOf: () => LinkOf | undefined): Links {
  const { copy, hasCopied } = createCopier();
  return {
    actions: () => (readLinkOf() ? ['open', navigator.clipboard && 'copy-link'] : [undefined, undefined]),
    async act(action, onChange) {
      try {
        const link = await readLinkOf()?.(file());
        if (!link) return;
        if (action === 'open') open(link, '_blank', 'noopener');
        else await copy(String(link), onChange);
      } catch {
        // The page's function has failed: the button can be pressed again.
      }
    },
    hasCopied,
  };
}
