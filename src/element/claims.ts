/** Which keys the files of all elements of the page have: two elements may have the same prefix. */

/** Who has a key. */
export interface Claim {
  /** The identity of the file. */
  readonly file: string;
  /** Stands for the element: claims outlive it, and must not keep it in memory. */
  readonly owner: symbol;
  /** The bucket that the file goes to: the same key in another bucket is another object. */
  readonly bucket: string;
  /** The file's row exists. */
  isListed: boolean;
  /** Where it is in `claims`. */
  place?: string;
}

/** By bucket and key. The same file may have a key several times, which is free when all of its claims are gone. */
const claims = new Map<string, Set<Claim>>();

/** Keys of files that were stored before. Nobody knows which bucket they are in. */
const storedKeys = new Set<string>();

/** Puts a claim at a key, instead of the key that it had. */
export function put(claim: Claim, key: string): void {
  drop(claim);
  const place = placeOf(claim, key);
  const there = claims.get(place) ?? new Set();
  claims.set(place, there.add(claim));
  claim.place = place;
}

/** Takes a claim away; others of the same key stay. */
export function drop(claim: Claim): void {
  const { place = '' } = claim;
  const there = claims.get(place);
  there?.delete(claim);
  if (there?.size === 0) claims.delete(place);
}

/** The other claims of a key. */
export function othersAt(claim: Claim, key: string): Claim[] {
  return [...(claims.get(placeOf(claim, key)) ?? [])].filter((other) => other !== claim);
}

/** An element shows a file that was stored before: its object stays what it is, even if its row is removed. */
export function keepStored(key: string): void {
  storedKeys.add(key);
}

/** Whether an element has shown a file with this key that was stored before. */
export function wasStored(key: string): boolean {
  return storedKeys.has(key);
}

function placeOf({ bucket }: Claim, key: string): string {
  return `${bucket}/${key}`;
}
