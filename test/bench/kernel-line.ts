/**
 * A line of the kernel's between the browser and the servers, which live in a network namespace: TCP as Linux speaks it, with slow start,
 * a bandwidth, a deep queue, and packets that are lost. It takes root, iproute2 and nftables; the kernel here has no `netem`, so round trips
 * are the proxy's behind it, see link.ts.
 */
import { execFileSync } from 'node:child_process';

export interface KernelLineOptions {
  /** Bytes a second from the browser to the servers. The way back has no limit. */
  bytesPerSecond: number;
  /** Milliseconds that a packet may wait in the queue before it is dropped. */
  queue: number;
  /** Share of the packets to the servers that is dropped at random. @default 0 */
  loss?: number;
}

export interface KernelLine {
  /** Where the servers live. */
  namespace: string;
  /** The servers' address, as the browser sees it. */
  address: string;
  close(): void;
}

/** Of RFC 2544, set aside for benchmarks. */
const BROWSER = '198.18.0.1';
const SERVERS = '198.18.0.2';
const FULL_PACKET = 1500;

/** To be opened before the browser starts, which ends its connections when an interface appears. @throws {NoKernelLine} */
export function openKernelLine({ bytesPerSecond, queue, loss = 0 }: KernelLineOptions): KernelLine {
  const namespace = `oss-resumable-${process.pid}`;
  const [outer, inner] = [`ossr${process.pid}a`, `ossr${process.pid}b`];
  const within = ['netns', 'exec', namespace];
  const close = (): void => {
    // Its end of the pair goes with it, and with that the other one.
    execFileSync('ip', ['netns', 'delete', namespace]);
  };
  run('ip', 'netns', 'add', namespace);
  try {
    // Packets of the size that lines have: otherwise one that is lost would be sixty.
    const small = ['gso_max_segs', '1'];
    run('ip', 'link', 'add', outer, ...small, 'type', 'veth', 'peer', 'name', inner, ...small, 'netns', namespace);
    run('ip', 'address', 'add', `${BROWSER}/30`, 'dev', outer);
    run('ip', 'link', 'set', outer, 'up');
    run('ip', ...within, 'ip', 'address', 'add', `${SERVERS}/30`, 'dev', inner);
    for (const device of [inner, 'lo']) run('ip', ...within, 'ip', 'link', 'set', device, 'up');
    const rate = `${Math.round(bytesPerSecond * 8)}bit`;
    run('tc', 'qdisc', 'add', 'dev', outer, 'root', 'tbf', 'rate', rate, 'burst', `${20 * FULL_PACKET}`, 'latency', `${queue}ms`);
    if (loss > 0) {
      const drop = `numgen random mod 10000 < ${Math.round(loss * 10_000)} drop`;
      const rules = `table inet line { chain arriving { type filter hook input priority 0; iifname "${inner}" ${drop}; }; }`;
      run('ip', ...within, 'nft', rules);
    }
    return { namespace, address: SERVERS, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Says which command was refused. */
export class NoKernelLine extends Error {}

function run(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
  } catch (error) {
    const reason = String((error as { stderr?: unknown }).stderr ?? error).trim();
    throw new NoKernelLine(`${command} ${args.join(' ')}: ${reason}`);
  }
}
