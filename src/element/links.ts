/** What a user can do with a stored file: open it, or copy its link. */
import { COPIED_TIME } from './view/details.js';
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

/** Returns the address at which a user can open a stored file, or nothing. Called at each click: a signed address may expire. */
export type LinkOf = (file: StoredFile) => Link | Promise<Link>;
type Link = string | URL | undefined;

export interface Links {
  /** `open` and `copy-link`, if there are links. */
  actions(): (Action | undefined)[];
  /** Does nothing if there is no link, or no permission to copy it. */
  act(action: 'open' | 'copy-link'): Promise<void>;
  /** The link was copied just now. */
  hasCopied(): boolean;
}

export function createLinks(file: () => StoredFile, readLinkOf: () => LinkOf | undefined): Links {
  let copiedAt = -COPIED_TIME;
  return {
    actions: () => (readLinkOf() ? ['open', navigator.clipboard && 'copy-link'] : [undefined, undefined]),
    async act(action) {
      try {
        const link = await readLinkOf()?.(file());
        if (!link) return;
        if (action === 'open') {
          open(link, '_blank', 'noopener');
          return;
        }
        await navigator.clipboard.writeText(String(link));
        copiedAt = performance.now();
      } catch {
        // The page's function has failed, or the user has forbidden the clipboard: the button can be pressed again.
      }
    },
    hasCopied: () => performance.now() - copiedAt < COPIED_TIME,
  };
}
