/** The control surface of the embedded OSS, with the few calls that the network panel needs. */
import type { ActiveFault, FaultRule, LinkState, LogEntry } from '../../src/emulator/index.js';

/** Seconds that a token is valid: as usual, and for trying out what happens when it expires. */
export const TOKEN_LIFE = { normal: 3600, short: 15 };

const FLAKY: FaultRule[] = [
  { operation: 'UploadPart', times: null, probability: 0.1, seed: 7, fault: { kind: 'status', status: 503 } },
  { operation: 'UploadPart', times: null, probability: 0.05, seed: 11, fault: { kind: 'reset', afterBytes: 65_536 } },
];

export interface OssState {
  link: LinkState;
  isFlaky: boolean;
  hasShortTokens: boolean;
}

export class OssControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async state(): Promise<OssState> {
    const [link, faults, { seconds }] = await Promise.all([
      this.#call<LinkState>('GET', 'link'),
      this.#call<ActiveFault[]>('GET', 'faults'),
      this.#call<{ seconds: number }>('GET', 'tokens'),
    ]);
    return { link, isFlaky: faults.some(isFlaky), hasShortTokens: seconds <= TOKEN_LIFE.short };
  }

  /** The last requests, oldest first. */
  log(last: number): Promise<LogEntry[]> {
    return this.#call('GET', `log?last=${last}`);
  }

  async setLink(change: Partial<LinkState>): Promise<void> {
    await this.#call('PUT', 'link', change);
  }

  async setFlaky(on: boolean): Promise<void> {
    const active = (await this.#call<ActiveFault[]>('GET', 'faults')).filter(isFlaky);
    for (const { id } of active) await this.#call('DELETE', `faults/${id}`);
    if (on) for (const rule of FLAKY) await this.#call('POST', 'faults', rule);
  }

  async setTokenLife(seconds: number): Promise<void> {
    await this.#call('PUT', 'tokens', { seconds });
  }

  async expireTokens(): Promise<void> {
    await this.#call('POST', 'tokens/expire');
  }

  async damageNextPart(): Promise<void> {
    await this.#call('POST', 'faults', { operation: 'UploadPart', fault: { kind: 'corrupt' } } satisfies FaultRule);
  }

  async backToNormal(): Promise<void> {
    await this.#call('DELETE', 'faults');
    await this.setLink({ bytesPerSecond: null, latencyMilliseconds: 0, offline: false });
    await this.setTokenLife(TOKEN_LIFE.normal);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/_control/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }
}

function isFlaky({ times, probability }: ActiveFault): boolean {
  return times === null && probability !== undefined;
}
