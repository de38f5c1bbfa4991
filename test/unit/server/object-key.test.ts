import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkKey } from '../../../src/core/key.js';
import { checkKeyInPrefix, isPrefix } from '../../../src/server/object-key.js';

const PREFIX = 'users/42/';
const piece = fc.oneof(
  fc.constantFrom('a', '.', '..', '/', '\\', '%2e', '%2F', '%25', '\0', '\n', '\ud800', '\udc00', '😀', '目录', ' '),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const key = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => PREFIX + pieces.join('')),
  fc.array(piece, { minLength: 300, maxLength: 400 }).map((pieces) => PREFIX + pieces.join('')),
);

it('what the handler accepts, OSS and browsers accept, and it stays in its prefix', () => {
  let accepted = 0;
  fc.assert(
    fc.property(key, (proposed) => {
      try {
        checkKeyInPrefix(proposed, PREFIX);
      } catch {
        return;
      }
      accepted += 1;
      expect(checkKey(proposed)).toBe(proposed);
      // A browser leaves the path as it is.
      const path = proposed.split('/').map(encodeURIComponent).join('/');
      expect(new URL(`https://b.example.com/${path}`).pathname.startsWith(`/${PREFIX}`)).toBe(true);
      expect(isPrefix(`${proposed}/`) || proposed.length > 1000).toBe(true);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(300);
});
