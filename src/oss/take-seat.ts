/** A request's place among the page's requests to the same origin. */
export interface Seat {
  /** The browser may still keep the request in its own queue: it has shown no sign of life, and six older ones are under way. */
  isQueued(): boolean;
  /** The request has shown a sign of life, so it has a connection. With HTTP/2, one connection serves all. */
  live(): void;
  leave(): void;
}

interface Entry {
  isAlive: boolean;
  onTurn(): void;
}

/** Browsers open this many HTTP/1.1 connections to a host, and silently queue further requests. */
const CONNECTIONS = 6;

/**
 * The page's requests by origin, oldest first: all uploaders share the browser's connections. An origin is removed with its last
 * request.
 */
const underWay = new Map<string, Set<Entry>>();

/** @param onTurn called when an older request has ended and this one may get its connection */
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
