/** Who may use the control surface and `/sts`: clients that are no browser, and the pages that the user has named or that this machine serves. */
import type { IncomingMessage } from 'node:http';
import { equal } from './verify-v4.js';

export interface Refusal {
  status: 401 | 403;
  error: string;
}

export class ControlAccess {
  /** Needed with each request; null: nothing is. */
  readonly token: string | null;
  readonly #origins: ReadonlySet<string>;

  /** @param origins of pages besides those on `localhost`, such as `https://app.test:3000` */
  constructor(origins: readonly string[] = [], token: string | null = null) {
    this.#origins = new Set(origins);
    this.token = token;
  }

  /** Why the request is refused; undefined if it may be served. */
  refusal(request: IncomingMessage): Refusal | undefined {
    const { origin } = request.headers;
    if (origin === undefined ? request.headers['sec-fetch-site'] === 'cross-site' : !this.#admits(origin)) {
      const page = origin ?? 'another site';
      return {
        status: 403,
        error: `Pages of ${page} may not use this: only pages of this machine and the origins that the emulator was started with.`,
      };
    }
    // A preflight can't carry the token.
    if (this.token === null || request.method === 'OPTIONS' || this.#bears(request, this.token)) return undefined;
    return { status: 401, error: 'The token that the emulator printed is needed: "Authorization: Bearer …", or ?token=… in the URL.' };
  }

  #admits(origin: string): boolean {
    return this.#origins.has(origin) || isLoopback(origin);
  }

  #bears(request: IncomingMessage, token: string): boolean {
    const given =
      /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ??
      new URL(request.url ?? '/', 'http://control').searchParams.get('token') ??
      '';
    return equal(given, token);
  }
}

/** Whether a page is served by this machine itself. Such pages run no code of strangers. */
function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
