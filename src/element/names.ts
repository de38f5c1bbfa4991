import { freeKey, isFormOf } from './free-key.js';
import type { CollectedFile, UnfinishedUpload, UploadOptions } from '../index.js';

/** An unfinished upload, and in which scope it was begun. */
export type Unfinished = UnfinishedUpload & { readonly scope?: string | undefined };

/** Where the page makes no key itself. */
export interface NamingRules {
  /** What the keys begin with. */
  readonly keyPrefix: string;
  /** Keys are random: nobody can guess them, and none meets another. */
  readonly uniqueKeys: boolean;
  /** Else one file takes the place of another. */
  readonly multiple: boolean;
  readonly directory: boolean;
}

/** Where the keys are. */
export interface Surroundings {
  /** Keys of another bucket are others. */
  bucket(): string;
  /** Whether the page uploads something under this key by itself, on the element's uploader. */
  isForeign(key: string): boolean;
}

/** How a file is stored. */
export interface Naming {
  readonly options: Pick<UploadOptions, 'key' | 'scope'>;
  /**
   * The file's row is gone.
   * @param isStored its object is there: the key stays its own
   */
  release(isStored: boolean): void;
}

/**
 * The names of one element's objects. A key that the element has made is never given out twice on a page, but for the same file
 * again. One that the page has made is used as it is, unless another file in the list has it.
 */
export interface Names {
  /** @param unfinished what earlier visits have left here: the same file has its old key again */
  forFile(found: CollectedFile, options: UploadOptions, unfinished: Unfinished[]): Naming;
  /** As it was begun. */
  forUnfinished(entry: Unfinished): Naming;
  /**
   * Whether this element would have begun it.
   * @param options those that the file would have here
   */
  owns(entry: Unfinished, options: UploadOptions): boolean;
}

/** Who has a key. */
interface Claim {
  readonly file: string;
  readonly names: Names;
  /** Its row is there. */
  isListed: boolean;
  /** Where it stands in the register. */
  place?: string;
}

/** Of all elements of the page, by bucket and key: two of them may have the same prefix. */
const claims = new Map<string, Claim>();

export function createNames(rules: NamingRules, { bucket, isForeign }: Surroundings): Names {
  /** @param optionsOf gives them, and holds the key that is in them */
  function claimFor(file: string, optionsOf: (claim: Claim) => Naming['options']): Naming {
    const claim: Claim = { file, names, isListed: true };
    return {
      options: optionsOf(claim),
      release(isStored) {
        claim.isListed = false;
        if (!isStored) drop(claim);
      },
    };
  }

  function drop({ place = '' }: Claim): void {
    claims.delete(place);
  }

  const placeOf = (key: string): string => `${bucket()}/${key}`;

  /** @param isOwn made by the element: then no other file was ever given it, else no file in the list has it */
  function isFree(key: string, claim: Claim, isOwn: boolean): boolean {
    const other = claims.get(placeOf(key));
    if (isForeign(key)) return false;
    if (!other || other === claim) return true;
    return !(other.isListed && other.names === names) && (!isOwn || other.file === claim.file);
  }

  /** @returns the key that it holds from now on: the wanted one, or the next that is free */
  function hold(claim: Claim, wanted: string, isOwn: boolean): string {
    // Where one file takes the place of another, its object may, too, if the page has said so.
    const isReplacing = !isOwn && !rules.multiple && !rules.directory;
    const key = isReplacing ? wanted : freeKey(wanted, (candidate) => isFree(candidate, claim, isOwn));
    drop(claim);
    claim.place = placeOf(key);
    claims.set(claim.place, claim);
    return key;
  }

  const names: Names = {
    forFile({ file, path }, { key }, unfinished) {
      const { keyPrefix, uniqueKeys } = rules;
      return claimFor(identityOf(path, file), (claim) => {
        if (typeof key === 'string') return { key: hold(claim, key, false) };
        // Asked again at each start: the claim is the same.
        if (key) return { key: async (...given) => hold(claim, await key(...given), false) };
        const begun = unfinished.find((entry) => identityOf(entry.file.name, entry.file) === claim.file);
        const wanted = keyPrefix + path;
        if (!uniqueKeys) return { key: hold(claim, begun?.key ?? wanted, true) };
        const [extension] = /\.\w+$/.exec(path) ?? [''];
        return { key: () => keyPrefix + crypto.randomUUID() + extension, scope: hold(claim, begun?.scope ?? wanted, true) };
      });
    },
    forUnfinished({ key, scope, file }) {
      return claimFor(identityOf(file.name, file), (claim) => {
        hold(claim, scope ?? key, true);
        // A text has no scope.
        return scope === undefined ? { key } : { key: () => key, scope };
      });
    },
    owns({ key, scope, file: { name } }, options) {
      const { keyPrefix, uniqueKeys } = rules;
      if (options.key === undefined && uniqueKeys) return isFormOf(scope ?? '', keyPrefix + name);
      if (options.scope !== scope) return false;
      if (typeof options.key !== 'function') return isFormOf(key, options.key ?? keyPrefix + name);
      // A function may ask a server, or give another key each time: only what it was told beforehand is known.
      return scope !== undefined || (keyPrefix !== '' && key.startsWith(keyPrefix));
    },
  };
  return names;
}

/** What a file is known by, when it is chosen again. */
function identityOf(path: string, { size, lastModified }: { size: number; lastModified: number }): string {
  return [size, lastModified, path].join();
}
