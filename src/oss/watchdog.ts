import type { Clock, Network } from '../ports.js';
import { takeSeat } from './take-seat.js';
import type { Line, Load } from './line.js';

/** Decides when an attempt is given up. */
export interface Watchdog {
  /** Aborted with the request's own signal, with a `TimeoutError` when the attempt has stalled, or with the unreadable file's error. */
  readonly signal: AbortSignal;
  /** Bytes of the body were handed to the network. */
  sent(bytes: number): void;
  /** A sign of the answer. */
  answering(): void;
  /** The browser was offline at some moment of the attempt: that explains a silent connection. */
  metOffline(): boolean;
  /** @param isAnswered the service has taken the body and answered */
  end(isAnswered: boolean): void;
}

/** One attempt of one request. */
export interface WatchedAttempt {
  origin: string;
  /** Bytes of the body. */
  size: number;
  /** It carries bytes of a file: after a return of the network it has to show life soon. */
  isOfFile: boolean;
  /** Nothing tells how much of the body has been sent. */
  hidesProgress?: boolean;
  /** Milliseconds without data being transferred; 0 disables the watchdog. */
  stallTimeout: number;
  /** Earlier attempts of the same request that were given up for silence: patience doubles with each. */
  stalls: number;
  signal: AbortSignal;
  /** Aborted, with the error, when the file could not be read. */
  unreadable: AbortSignal | undefined;
  /** The browser reports that the network is gone. */
  onOffline(): void;
}

/** Milliseconds for a part to show life once the network is back: many connections have died meanwhile without an event. */
const PATIENCE_AFTER_RETURN = 10_000;
/**
 * Milliseconds for the next byte once the file can't be read: Firefox keeps a request whose body it can't read open
 * forever. The answer to a body that was sent completely may take longer.
 */
const UNREADABLE_PATIENCE = 500;
const UNREADABLE_ANSWER_PATIENCE = 5_000;
/**
 * Upper bounds of the doubling of patience with each stall of a request. Hidden bytes may need any time; bytes that were seen
 * moving, and answers to requests without a file, don't.
 */
const MOST_HIDDEN = 1024;
const MOST_MOVING = 16;
const MOST_PLAIN = 4;

export function watch(attempt: WatchedAttempt, line: Line, network: Network, clock: Clock): Watchdog {
  const { stallTimeout, unreadable, isOfFile } = attempt;
  const stuck = new AbortController();
  const load: Load = { size: attempt.size, onMeasured: () => arm() };
  const seat = takeSeat(attempt.origin, () => moved());
  let metOffline = !network.isOnline();
  let isBack = false;
  let isAnswering = false;
  let sent = 0;
  let movedAt = clock.now();
  let cancel = (): void => {};

  /** Milliseconds from the last movement; 0 is forever. */
  function patience(): number {
    if (unreadable?.aborted) return sent < load.size ? UNREADABLE_PATIENCE : UNREADABLE_ANSWER_PATIENCE;
    if (stallTimeout === 0 || seat.isQueued()) return 0;
    const times = (most: number): number => Math.min(2 ** attempt.stalls, most);
    if (isBack) return times(MOST_MOVING) * Math.min(stallTimeout, PATIENCE_AFTER_RETURN);
    if (!isOfFile) return times(MOST_PLAIN) * stallTimeout;
    const isHidden = load.size > 0 && !isAnswering && (sent >= load.size || (sent === 0 && (attempt.hidesProgress || !line.showsProgress)));
    if (isHidden) return times(MOST_HIDDEN) * line.patience(load, stallTimeout);
    return times(MOST_MOVING) * Math.max(stallTimeout, 2 * line.longestGap);
  }

  /** Checks again when today's patience is over: until then, more bodies may have come to share the line. */
  function arm(): void {
    cancel();
    const milliseconds = patience();
    if (milliseconds === 0) return;
    const left = movedAt + milliseconds - clock.now();
    if (left > 0) cancel = clock.after(left, arm);
    else stuck.abort(unreadable?.aborted ? unreadable.reason : stalled(milliseconds));
  }

  function moved(): void {
    isBack = false;
    movedAt = clock.now();
    arm();
  }

  const unsubscribe = network.subscribe((online) => {
    metOffline = true;
    if (!online) return attempt.onOffline();
    if (!isOfFile) return;
    movedAt = clock.now();
    isBack = true;
    arm();
  });
  if (isOfFile) line.add(load);
  unreadable?.addEventListener('abort', moved, { once: true });
  moved();

  return {
    signal: AbortSignal.any([attempt.signal, stuck.signal]),
    sent(bytes) {
      if (bytes > 0) seat.live();
      if (bytes > 0 && bytes < load.size) line.showsProgress = true;
      const gap = clock.now() - movedAt;
      if (sent > 0 && bytes > sent && gap > stallTimeout) line.longestGap = Math.max(line.longestGap, gap);
      sent = bytes;
      moved();
    },
    answering() {
      seat.live();
      isAnswering = true;
      moved();
    },
    metOffline: () => metOffline,
    end(isAnswered) {
      cancel();
      unsubscribe();
      unreadable?.removeEventListener('abort', moved);
      line.remove(load, isAnswered);
      seat.leave();
    },
  };
}

function stalled(milliseconds: number): DOMException {
  return new DOMException(`no data was transferred for ${Math.round(milliseconds / 1000)} s`, 'TimeoutError');
}
