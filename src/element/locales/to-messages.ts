/** How a published language is stored: its texts without their names, which are the same in all and would be a third of its bytes. */
import type { Messages } from '../messages.js';

/** The names, in their order. Only the build fills them in, and makes each language a list. */
const names = '';

/** @param texts in the order of the names */
export function toMessages(texts: readonly Messages[keyof Messages][]): Messages {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, texts[index]])) as Messages;
}
