/** The whole numbers from `first` to `last`, both included; none when `last` is the smaller one. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
