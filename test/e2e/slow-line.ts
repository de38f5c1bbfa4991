/**
 * A line of a fixed rate between the browser and the embedded OSS, with a buffer at its near end. To the browser, buffered bytes
 * look sent, as with antivirus proxies, gateways and deep queues. It forwards bytes without interpreting them.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowLine {
  /** The service's endpoint at the near end. */
  url: string;
  /** Numbers of the parts whose PUT has arrived at the line, repetitions included. */
  parts(): number[];
  /** Bytes of requests forwarded so far. */
  carried(): number;
  /** Ends all connections and refuses new ones until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface LineOptions {
  /** Bytes a second, shared by all connections. @default as fast as the machine */
  rate?: number;
  /** Bytes of each connection that are accepted before they are forwarded. @default Infinity */
  buffer?: number;
}

/** Milliseconds between two rounds of forwarding. */
const TICK = 10;

/** One connection and its bytes that are not yet forwarded. */
interface Lane {
  client: Socket;
  far: Socket;
  queue: Buffer[];
  queued: number;
}

export async function startSlowLine(
  ossUrl: string,
  { rate = Number.POSITIVE_INFINITY, buffer = Number.POSITIVE_INFINITY }: LineOptions = {},
): Promise<SlowLine> {
  const lanes = new Set<Lane>();
  const entered: number[] = [];
  let carried = 0;
  let isCut = false;

  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const far = connect(Number(new URL(ossUrl).port), '127.0.0.1');
    const lane: Lane = { client, far, queue: [], queued: 0 };
    lanes.add(lane);
    client.on('data', (chunk: Buffer) => {
      for (const [, number] of chunk.toString('latin1').matchAll(/PUT \/\S*[?&]partNumber=(\d+)\S* HTTP\/1\.1\r\n/g))
        entered.push(Number(number));
      lane.queue.push(chunk);
      lane.queued += chunk.length;
      if (lane.queued > buffer) client.pause();
    });
    far.pipe(client);
    for (const socket of [client, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        lanes.delete(lane);
        client.destroy();
        far.destroy();
      });
    }
  });

  /** Forwards up to that many bytes of a lane. */
  function pass(lane: Lane, most: number): number {
    const head = lane.queue[0];
    if (!head) return 0;
    const size = Math.min(head.length, most);
    if (size === head.length) lane.queue.shift();
    else lane.queue[0] = head.subarray(size);
    lane.far.write(head.subarray(0, size));
    lane.queued -= size;
    carried += size;
    if (lane.queued <= buffer) lane.client.resume();
    return size;
  }

  let last = performance.now();
  let credit = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    credit = Math.min(credit + ((now - last) / 1000) * rate, rate);
    last = now;
    // In turn and in small pieces, like packets of several connections on one line.
    for (let busy = [...lanes]; credit > 0 && busy.length > 0; busy = busy.filter(({ queue }) => queue.length > 0)) {
      for (const lane of busy) credit -= pass(lane, 1_500);
    }
    // An idle line saves nothing up: its first bytes take as long as all others.
    if ([...lanes].every(({ queue }) => queue.length === 0)) credit = Math.min(credit, 0);
  }, TICK);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    parts: () => [...entered],
    carried: () => carried,
    cut() {
      isCut = true;
      for (const { client } of lanes) client.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      clearInterval(timer);
      for (const { client } of lanes) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
