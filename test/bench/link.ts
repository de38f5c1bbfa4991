/**
 * The links' process: TCP proxies with a bandwidth and a round trip, for all rivals alike. A link reads from its clients only
 * as fast as it passes bytes on, so that what waits stays in the browser's socket; it holds no more than what a line of
 * that length and width would.
 *
 * What is not modelled: slow start and packets; of loss only that its connection waits. A connection opens after one round trip.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Lane } from '../../src/emulator/link.js';
import { answerParent } from './processes.js';

export interface LinkOptions {
  /** Bytes a second from the clients to the server, shared by all connections; absent: no limit. The way back has none. */
  bytesPerSecond?: number;
  /** Milliseconds there and back. @default 0 */
  roundTrip?: number;
  /** The address to listen on. @default loopback */
  host?: string;
  /** Of what clients send, the share of reads (up to 64 KiB each) that is lost once: its connection waits. @default 0 */
  loss?: number;
}

/** Milliseconds until what was lost is sent again. @see RFC 6298; what Linux takes at least, and the way there */
const RETRANSMISSION = 300;

/** Milliseconds of its bandwidth that a link holds besides what is on the way: Node's timers are that coarse. */
const SLACK = 20;
const LEAST_HELD = 64 * 1024;

/** One direction of one connection. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #lane: Lane;
  readonly #delay: number;
  readonly #most: number;
  readonly #onArrival: ((bytes: number) => void) | undefined;
  #queue: { chunk: Buffer | undefined; due: number }[] = [];
  #held = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param opensAt when the first byte may set out
   * @param onArrival called with bytes that have got through
   */
  constructor(from: Socket, to: Socket, lane: Lane, delay: number, opensAt: number, loss: number, onArrival?: (bytes: number) => void) {
    this.#from = from;
    this.#to = to;
    this.#lane = lane;
    this.#delay = delay;
    this.#onArrival = onArrival;
    this.#most =
      lane.bytesPerSecond === null ? Number.POSITIVE_INFINITY : Math.max(LEAST_HELD, (lane.bytesPerSecond * (delay + SLACK)) / 1000);
    const add = (chunk?: Buffer): void => {
      const now = performance.now();
      const size = chunk?.length ?? 0;
      if (Math.random() < loss) opensAt = Math.max(now, opensAt) + RETRANSMISSION;
      const due = Math.max(now, opensAt) + this.#lane.reserve(size, now) + this.#delay;
      this.#queue.push({ chunk, due });
      this.#held += size;
      if (this.#held >= this.#most) from.pause();
      this.#flush();
    };
    from.on('data', add);
    from.on('end', () => add());
    to.on('drain', () => this.#flush());
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    while (this.#queue.length > 0 && !this.#to.writableNeedDrain) {
      const { chunk, due } = this.#queue[0] as { chunk: Buffer | undefined; due: number };
      // A timer may come a little early.
      if (due > now + 0.5) {
        this.#timer = setTimeout(() => this.#flush(), due - now);
        break;
      }
      this.#queue.shift();
      this.#held -= chunk?.length ?? 0;
      this.#onArrival?.(chunk?.length ?? 0);
      if (chunk) this.#to.write(chunk);
      else this.#to.end();
    }
    if (this.#held < this.#most) this.#from.resume();
  }
}

/** Bytes that have arrived at the server, by port. */
const arrived = new Map<number, number>();

async function listen(targetPort: number, { bytesPerSecond, roundTrip = 0, host = 'localhost', loss = 0 }: LinkOptions): Promise<number> {
  const up = new Lane(bytesPerSecond ?? null);
  const down = new Lane(null);
  let port = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: targetPort, host: 'localhost', allowHalfOpen: true, noDelay: true });
    const opensAt = performance.now() + roundTrip;
    new Direction(client, upstream, up, roundTrip / 2, opensAt, loss, (bytes) => arrived.set(port, (arrived.get(port) ?? 0) + bytes));
    new Direction(upstream, client, down, roundTrip / 2, 0, 0);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  ({ port } = server.address() as AddressInfo);
  return port;
}

const handlers = { listen, carried: (port: number): number => arrived.get(port) ?? 0 };

export type LinkHandlers = typeof handlers;

answerParent(handlers);
