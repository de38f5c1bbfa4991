/** A request's place among those of the page to the same origin. */
export interface Seat {
  /** The browser may still keep the request in its own queue: it has shown no life, and six older ones are under way. */
  isQueued(): boolean;
  /** It has shown life, so it has a connection: over HTTP/2 there is one for all. */
  live(): void;
  leave(): void;
}

interface Entry {
  isAlive: boolean;
  onTurn(): void;
}

/** Browsers open this many HTTP/1.1 connections to a host, and queue what is beyond without telling. */
const CONNECTIONS = 6;

/**
 * By origin, oldest first. Of the page, not of one uploader: they share the browser's connections. An origin is
 * forgotten with its last request.
 */
const underWay = new Map<string, Set<Entry>>();

/** @param onTurn called when an older request has ended and this one may have its connection now */
export function takeSeat(origin: string, onTurn: () => void): Seat {
  const entries = underWay.get(origin) ?? new Set();
  const entry: Entry = { isAlive: false, onTurn };
  underWay.set(origin, entries.add(entry));
  return {
    isQueued: () => !entry.isAlive && [...entries].indexOf(entry) >= CONNECTIONS,
    live() {
      entry.isAlive = true;
    },
    leave() {
      const next = [...entries][CONNECTIONS];
      const wasAhead = [...entries].indexOf(entry) < CONNECTIONS;
      if (!entries.delete(entry)) return;
      if (entries.size === 0) underWay.delete(origin);
      if (wasAhead && next && !next.isAlive) next.onTurn();
    },
  };
}
