/** The question before much is discarded. */
import type { Text } from '../messages.js';
import type { RowView } from './row.js';

/** Bytes of which losing them by one click would hurt: some minutes of an ordinary line. */
const MUCH = 100 << 20;

/** Whether so many uploaded bytes are discarded only after a question. */
export const isMuch = (bytes: number): boolean => bytes >= MUCH;

export const questionAbout = (bytes: number, text: Text): string => text('discardQuestion', { size: text.size(bytes) });

/** What a row says instead while it asks. */
export function askingView(bytes: number, text: Text): Pick<RowView, 'note' | 'actions'> {
  return { note: questionAbout(bytes, text), actions: [undefined, undefined, 'discard', 'keep'] };
}
