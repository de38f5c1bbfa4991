import { freeKey, isFormOf } from './free-key.js';
import type { CollectedFile, UnfinishedUpload, UploadOptions } from '../index.js';

/** An unfinished upload, and in which scope it was begun. */
export type Unfinished = UnfinishedUpload & { readonly scope?: string | undefined };

export interface NamingRules {
  /** What the keys begin with, where the page makes none itself. */
  readonly keyPrefix: string;
  /** Keys are random: nobody can guess them, and none meets another. */
  readonly uniqueKeys: boolean;
  /** One file takes the place of another. */
  readonly isSingle: boolean;
  /** Where the keys are: those of another bucket are others. */
  readonly bucket: string;
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

/** @param isForeign a key of what the page uploads by itself on the element's uploader */
export function createNames(readRules: () => NamingRules, isForeign: (key: string) => boolean): Names {
  function createClaim(file: string): Claim {
    return { file, names, isListed: true };
  }

  const placeOf = (key: string): string => `${readRules().bucket}/${key}`;

  function hold(claim: Claim, key: string): string {
    drop(claim);
    claim.place = placeOf(key);
    claims.set(claim.place, claim);
    return key;
  }

  function drop(claim: Claim): void {
    if (claim.place !== undefined && claims.get(claim.place) === claim) claims.delete(claim.place);
  }

  /** Whether nothing in the list has the key. */
  function isUnlisted(key: string, claim: Claim): boolean {
    const other = claims.get(placeOf(key));
    return !isForeign(key) && (!other || other === claim || other.names !== names || !other.isListed);
  }

  /** Whether no other file was ever given the key. */
  function isUnused(key: string, claim: Claim): boolean {
    const other = claims.get(placeOf(key));
    return isUnlisted(key, claim) && (!other || other === claim || other.file === claim.file);
  }

  const nameFor = (claim: Claim, wanted: string): string =>
    hold(
      claim,
      freeKey(wanted, (key) => isUnused(key, claim)),
    );

  /** Where one file takes the place of another, the object may, too. */
  const heed = (claim: Claim, wanted: string): string =>
    hold(claim, readRules().isSingle ? wanted : freeKey(wanted, (key) => isUnlisted(key, claim)));

  function optionsFor(
    { file, path }: CollectedFile,
    { key, scope }: UploadOptions,
    unfinished: Unfinished[],
    claim: Claim,
  ): Naming['options'] {
    if (typeof key === 'string') return { key: heed(claim, key) };
    // Asked again at each start: the claim is the same.
    if (key) return { key: async (blob, blobPath) => heed(claim, await key(blob, blobPath)), scope };
    const { keyPrefix, uniqueKeys } = readRules();
    const begun = unfinished.find((entry) => isSameFile(entry, file, path));
    if (!uniqueKeys) return { key: nameFor(claim, begun && isUnused(begun.key, claim) ? begun.key : keyPrefix + path) };
    const [extension] = /\.\w+$/.exec(path) ?? [''];
    return { key: () => keyPrefix + crypto.randomUUID() + extension, scope: nameFor(claim, begun?.scope ?? keyPrefix + path) };
  }

  function namingOf(options: Naming['options'], claim: Claim): Naming {
    return {
      options,
      release(isStored) {
        claim.isListed = false;
        if (!isStored) drop(claim);
      },
    };
  }

  const names: Names = {
    forFile(found, options, unfinished) {
      const claim = createClaim([found.path, found.file.size, found.file.lastModified].join());
      return namingOf(optionsFor(found, options, unfinished, claim), claim);
    },
    forUnfinished({ key, scope, file: { name, size, lastModified } }) {
      const claim = createClaim([name, size, lastModified].join());
      hold(claim, scope ?? key);
      // A text has no scope.
      return namingOf(scope === undefined ? { key } : { key: () => key, scope }, claim);
    },
    owns({ key, scope, file: { name } }, options) {
      const { keyPrefix, uniqueKeys } = readRules();
      if (options.key === undefined && uniqueKeys) return isFormOf(scope, keyPrefix + name);
      if (options.scope !== scope) return false;
      if (typeof options.key !== 'function') return isFormOf(key, options.key ?? keyPrefix + name);
      // A function may ask a server, or give another key each time: only what it was told beforehand is known.
      return scope !== undefined || (keyPrefix !== '' && key.startsWith(keyPrefix));
    },
  };
  return names;
}

function isSameFile({ file: { name, size, lastModified } }: Unfinished, file: File, path: string): boolean {
  return name === path && size === file.size && lastModified === file.lastModified;
}
