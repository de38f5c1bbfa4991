/** The wildcards of RAM policies: `*` is any run of characters, `/` included, and `?` is one character. */

/** Linear in memory, and never exponential in time, whatever the pattern. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [wanted, given] = [[...pattern], [...text]];
  let [p, t] = [0, 0];
  /** Where to return to: behind the last star, and the character after those that it has taken. */
  let [afterStar, taken] = [-1, 0];
  while (t < given.length) {
    if (wanted[p] === '*') {
      afterStar = ++p;
      taken = t;
    } else if (p < wanted.length && (wanted[p] === '?' || wanted[p] === given[t])) {
      p++;
      t++;
    } else if (afterStar >= 0) {
      p = afterStar;
      t = ++taken;
    } else return false;
  }
  while (wanted[p] === '*') p++;
  return p === wanted.length;
}
