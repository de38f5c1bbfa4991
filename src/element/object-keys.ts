/** Names the objects of one element: chooses keys, and completes the application's options with them. */
import type { CollectedFile, UnfinishedUpload, UploaderOptions, UploadOptions } from '../index.js';
import { type Claim, drop, othersAt, put, wasStored } from './claims.js';
import { freeKey, isVariantOf } from './free-key.js';

/** The attributes that decide about keys, unless the application makes them. */
export interface NamingRules {
  /** Prefix of all keys. */
  readonly keyPrefix: string;
  /** Keys are random: nobody can guess them, and they never collide. */
  readonly uniqueKeys: boolean;
  /** Without it, one file replaces another. */
  readonly multiple: boolean;
  readonly directory: boolean;
}

/** Options as the application has set them on the element. */
export interface OptionsReader {
  /** @throws {TypeError} if an option is missing */
  forUploader(): UploaderOptions;
  forUpload(file: File, path: string): UploadOptions;
}

/** The name of one file's object. */
export interface Naming {
  /** The application's options, with the key. */
  readonly options: UploadOptions;
  /**
   * The file's row was removed.
   * @param isStored the object exists: its key stays taken
   */
  release(isStored: boolean): void;
}

/**
 * Names the objects of one element. A key that an element has made is given to no other file on the page, only to the same file again;
 * the key of a file that was stored before, only where one file replaces another and the element shows that one. A key that the application has made is used as it is,
 * unless another upload in the list has it.
 */
export interface Names {
  /**
   * Throws what the application's function for options throws.
   * @param unfinished uploads of earlier visits: the same file gets the same key again
   */
  forFile(found: CollectedFile, unfinished: UnfinishedUpload[]): Naming;
  /** The name that an unfinished upload was started with. */
  forUnfinished(found: CollectedFile, entry: UnfinishedUpload): Naming;
  /** Whether this element would have started an unfinished upload: one with another prefix belongs to another element. */
  owns(entry: UnfinishedUpload): boolean;
}

/** What the element itself shows. */
export interface ShownKeys {
  /** Whether the application itself uploads under a key, with the element's uploader. */
  isForeign(key: string): boolean;
  /** Of the stored files. */
  keys(): string[];
}

export function createNames(rules: NamingRules, options: OptionsReader, shown: ShownKeys): Names {
  const owner = Symbol();
  /** One file replaces another. */
  const isSingle = (): boolean => !rules.multiple && !rules.directory;

  /** @param complete claims a key and returns it, with its scope if it has one */
  function claimFor({ file, path }: CollectedFile, complete: (claim: Claim, options: UploadOptions) => UploadOptions): Naming {
    const claim: Claim = { file: identityOf(path, file), owner, bucket: options.forUploader().bucket, isListed: true };
    const given = options.forUpload(file, path);
    return {
      options: { ...given, ...complete(claim, given) },
      release(isStored) {
        claim.isListed = false;
        if (!isStored) drop(claim);
      },
    };
  }

  /** @param isOwn made by the element: no other file ever had it. Otherwise no other file in the list has it. */
  function isFree(key: string, claim: Claim, isOwn: boolean): boolean {
    if (shown.isForeign(key) || (isOwn && wasStored(key) && !(isSingle() && shown.keys().includes(key)))) return false;
    return othersAt(claim, key).every((other) => {
      if (other.isListed && other.owner === owner) return false;
      return !isOwn || other.file === claim.file;
    });
  }

  /** @returns the claimed key: the wanted one, or its first free variant. @param isLeft whether another file's unfinished upload has it */
  function take(claim: Claim, wanted: string, isOwn: boolean, isLeft = (_key: string): boolean => false): string {
    // If one file replaces another, so may its object, where the application has made the key.
    const key = !isOwn && isSingle() ? wanted : freeKey(wanted, (candidate) => isFree(candidate, claim, isOwn) && !isLeft(candidate));
    put(claim, key);
    return key;
  }

  const names: Names = {
    forFile(found, unfinished) {
      const { keyPrefix, uniqueKeys } = rules;
      const { path } = found;
      return claimFor(found, (claim, { key }) => {
        if (typeof key === 'string') return { key: take(claim, key, false) };
        // Called again at each start, with the same claim.
        if (key) return { key: async (...given) => take(claim, await key(...given), false) };
        // Those of another prefix are listed until the list is read again.
        const earlier = unfinished.find((entry) => identityOf(entry.file.name, entry.file) === claim.file && names.owns(entry));
        const wanted = keyPrefix + path;
        const isLeft = (candidate: string): boolean => unfinished.some((entry) => entry !== earlier && entry.key === candidate);
        if (!uniqueKeys) return { key: take(claim, earlier?.key ?? wanted, true, isLeft) };
        const [extension] = /\.\w+$/.exec(path) ?? [''];
        return { key: () => keyPrefix + crypto.randomUUID() + extension, scope: take(claim, earlier?.scope ?? wanted, true) };
      });
    },
    forUnfinished(found, { key, scope }) {
      return claimFor(found, (claim) => {
        put(claim, scope ?? key);
        // A scope needs a key function.
        return scope === undefined ? { key } : { key: () => key, scope };
      });
    },
    owns({ key, scope, file: { name, type, lastModified } }) {
      const { keyPrefix, uniqueKeys } = rules;
      let here: UploadOptions;
      try {
        here = options.forUpload(new File([], name, { type, lastModified }), name);
      } catch {
        // The application has no options for such a file.
        return false;
      }
      if (here.key === undefined && uniqueKeys) return isVariantOf(scope ?? '', keyPrefix + name);
      if (here.scope !== scope) return false;
      if (typeof here.key !== 'function') return isVariantOf(key, here.key ?? keyPrefix + name);
      // Not called: a function may ask a server, or return another key each time. Only its scope or the prefix is known in advance.
      return scope !== undefined || (keyPrefix !== '' && key.startsWith(keyPrefix));
    },
  };
  return names;
}

/** By what a file is recognised when it is selected again. */
function identityOf(path: string, { size, lastModified }: { size: number; lastModified: number }): string {
  return [size, lastModified, path].join();
}
