/** The limits of an element in words. */
import { tokensOf } from '../accept.js';
import type { MessageName, Text } from '../messages.js';

export interface Rules {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  /** Bytes of all files. */
  readonly maxTotalSize: number | undefined;
  readonly maxFiles: number | undefined;
  readonly minFiles: number | undefined;
}

/** `PDF, Images · Up to 5 GB per file · 3 files at most`; may be empty. */
export function rulesOf({ accept, maxSize, maxTotalSize, maxFiles, minFiles }: Rules, text: Text): string {
  const limits: [MessageName, number | undefined][] = [
    ['sizeLimit', maxSize],
    ['totalLimit', maxTotalSize],
    ['fileLimit', maxFiles],
    ['minimum', minFiles],
  ];
  const kinds = [...new Set(tokensOf(accept).map((token) => kindOf(token, text)))];
  const lines = limits.map(([name, limit]) => (limit ? text(name, { count: limit, size: text.size(limit) }) : ''));
  return [kinds.join(', '), ...lines].filter(Boolean).join(' · ');
}

/** `image/*` is “Images”, `.pdf` and `application/pdf` are “PDF”. */
function kindOf(token: string, text: Text): string {
  const [, family] = /^(image|video|audio)\/\*$/.exec(token) ?? [];
  return family ? text(family as MessageName) : token.replace(/^.*[./]/, '').toUpperCase();
}
