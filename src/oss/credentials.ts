import { abortable, within } from '../core/abortable.js';
import { CredentialsError, isUploadError } from '../errors.js';
import type { AssumeRoleCredentials, Credentials, CredentialsProvider, StsCredentials } from '../options/types.js';
import type { Clock } from '../ports.js';
import type { ServiceClock } from './clock-skew.js';

/** One set of keys, in one shape. */
export interface Keys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | undefined;
  /** Milliseconds since the epoch by the service's clock; `undefined` when unknown. */
  readonly expiration: number | undefined;
}

/** The current keys, fetched by one call at a time however many requests ask. */
export interface CredentialsCache {
  /**
   * Keys that are good now. Near their end, the next ones are fetched in the background. A provider that fails or hangs is
   * called again for as long as somebody waits; `onWait` is called once when it is slow (no error) or failing.
   * @throws {CredentialsError} when fixed credentials are spent, when the provider throws one, or when its first answer ever
   * isn't credentials
   * @throws `signal.reason` when aborted
   */
  get(signal: AbortSignal, onWait: (error?: CredentialsError) => void): Promise<Keys>;
  /** OSS refused these keys: the next `get` fetches others. Of many such calls about the same keys one counts. */
  refuse(keys: Keys): void;
}

/** One call of the provider, repetitions included. */
interface Renewal {
  controller: AbortController;
  /** Slow, or failing with this. */
  trouble: { error: CredentialsError | undefined } | undefined;
  keys: Promise<Keys>;
}

/** Milliseconds after which a provider that hasn't answered is shown to the user as a wait. */
const SLOW = 5_000;
/** Milliseconds between calls of a failing provider, doubling. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** Milliseconds for the provider to answer before it is called once more, doubling. */
const FIRST_PATIENCE = 30_000;
const LONGEST_PATIENCE = 300_000;

export function createCredentialsCache(
  source: Credentials | CredentialsProvider,
  clock: Clock,
  serviceClock: ServiceClock,
): CredentialsCache {
  const provider = typeof source === 'function' ? source : once(source);
  let current: { keys: Keys; fetchedAt: number } | undefined;
  /** After a failure in the background: when the next one may be tried, by the local clock. */
  let notBefore = 0;
  /** Usable credentials have come at least once. */
  let everHeld = false;
  let renewal: Renewal | undefined;
  /** Told once when the renewal under way turns out slow or failing; one for each `get` that waits. */
  const waiters = new Set<{ onWait(error?: CredentialsError): void }>();

  function renew(): Renewal {
    if (renewal) return renewal;
    const controller = new AbortController();
    renewal = { controller, trouble: undefined, keys: fetchKeys(controller.signal) };
    return renewal;
  }

  function renewInBackground(): void {
    renew().keys.catch(() => {
      notBefore = clock.now() + FIRST_DELAY;
    });
  }

  async function fetchKeys(signal: AbortSignal): Promise<Keys> {
    const cancelSlow = clock.after(SLOW, () => tellTrouble(undefined));
    try {
      const keys = await callUntilAnswered(signal);
      current = { keys, fetchedAt: clock.now() };
      everHeld = true;
      return keys;
    } finally {
      cancelSlow();
      if (renewal?.controller.signal === signal) renewal = undefined;
    }
  }

  async function callUntilAnswered(signal: AbortSignal): Promise<Keys> {
    let takeAny: (keys: Keys) => void = () => {};
    /** A call that was given up may still answer, and any answer is welcome. */
    const any = new Promise<Keys>((resolve) => {
      takeAny = resolve;
    });
    let patience = FIRST_PATIENCE;
    for (let delay = FIRST_DELAY; ; delay = Math.min(2 * delay, LONGEST_DELAY)) {
      const givenUp = new AbortController();
      try {
        const call = callProvider(AbortSignal.any([signal, givenUp.signal]));
        call.then(takeAny, () => {});
        const keys = await within(Promise.race([any, call]), patience, clock, signal);
        if (keys) return keys;
        givenUp.abort(providerHung(patience));
        throw givenUp.signal.reason;
      } catch (error) {
        signal.throwIfAborted();
        const isHung = givenUp.signal.aborted;
        if (!isHung && isFinal(error)) throw error;
        if (waiters.size === 0) {
          // In the background one failure is enough: the keys at hand are still good, and whoever asks now begins anew.
          renewal = undefined;
          throw error;
        }
        tellTrouble(error instanceof CredentialsError ? error : providerFailed(error));
        if (isHung) patience = Math.min(2 * patience, LONGEST_PATIENCE);
        // Half to full, so that many pages don't call the server at the same moment.
        const keys = await within(any, delay * (0.5 + Math.random() / 2), clock, signal);
        if (keys) return keys;
      }
    }
  }

  async function callProvider(signal: AbortSignal): Promise<Keys> {
    return parseCredentials(await provider({ signal }));
  }

  /**
   * Whether asking again can't help. Keys that once were good prove that the function knows how to fetch them: an answer
   * without any, at a renewal, is a bad moment of its server. Errors of a second copy of this library are no instances.
   */
  function isFinal(error: unknown): boolean {
    return isUploadError(error) && error.name === 'CredentialsError' && !(error.code === 'InvalidCredentials' && everHeld);
  }

  function tellTrouble(error: CredentialsError | undefined): void {
    const isKnown = renewal?.trouble;
    if (renewal) renewal.trouble = { error };
    if (!isKnown) for (const { onWait } of waiters) onWait(error);
  }

  return {
    async get(signal, onWait) {
      signal.throwIfAborted();
      if (current) {
        const life = lifeOf(current.keys, serviceClock.fromLocal(current.fetchedAt), serviceClock.now());
        if (life === 'ending' && clock.now() >= notBefore) renewInBackground();
        if (life !== 'over') return current.keys;
      }
      const waiter = { onWait };
      waiters.add(waiter);
      const { keys, trouble } = renew();
      if (trouble) onWait(trouble.error);
      try {
        return await abortable(keys, signal);
      } finally {
        waiters.delete(waiter);
        if (waiters.size === 0 && signal.aborted) {
          // Whoever asks next begins anew, rather than joining what is being ended.
          const ended = renewal;
          renewal = undefined;
          ended?.controller.abort(signal.reason);
        }
      }
    },
    refuse(keys) {
      if (current?.keys === keys) current = undefined;
    },
  };
}

/** Gives fixed credentials, until OSS refuses them also past their end, which OSS is to judge: asking again can't bring others. */
function once(credentials: Credentials): CredentialsProvider {
  let isGiven = false;
  return async () => {
    if (isGiven) {
      throw new CredentialsError(
        'CredentialsRefused',
        'OSS no longer accepts the fixed credentials: pass a function as `credentials` that fetches new ones.',
      );
    }
    const keys = parseCredentials(credentials);
    isGiven = true;
    return { ...keys, expiration: undefined } as object as Credentials;
  };
}

/** What the page is shown meanwhile. The function's own words stay in `cause`: nobody knows what they hold. */
function providerFailed(cause: unknown): CredentialsError {
  return new CredentialsError('ProviderFailed', 'The `credentials` function failed (see cause) and is called again.', { cause });
}

function providerHung(milliseconds: number): CredentialsError {
  return new CredentialsError(
    'ProviderHung',
    `The \`credentials\` function has not answered for ${milliseconds / 1000} s and is called again. Check your server.`,
  );
}

/** `ending` in the last fifth of the lifetime, at most five minutes of it. */
function lifeOf({ expiration = Number.POSITIVE_INFINITY }: Keys, fetchedAt: number, now: number): 'fresh' | 'ending' | 'over' {
  const lifetime = expiration - fetchedAt;
  // Dead on arrival means that the local clock is wrong: let OSS judge, its answer carries the right time.
  if (lifetime <= 0) return 'fresh';
  if (now >= expiration) return 'over';
  return expiration - now <= Math.min(lifetime / 5, 300_000) ? 'ending' : 'fresh';
}

/**
 * Reads credentials in any shape that is in use: AssumeRole's answer, its `Credentials`, camelCase, ali-oss's.
 * @throws {CredentialsError} naming what is missing, never what is there
 */
export function parseCredentials(answer: Credentials | null | undefined): Keys {
  const { Credentials: inner } = (answer ?? {}) as { Credentials?: object };
  const raw = (inner ?? answer ?? {}) as Partial<StsCredentials & AssumeRoleCredentials>;
  const accessKeyId = raw.accessKeyId ?? raw.AccessKeyId;
  const accessKeySecret = raw.accessKeySecret ?? raw.AccessKeySecret;
  const securityToken = raw.securityToken ?? raw.stsToken ?? raw.SecurityToken;
  const expiration: unknown = raw.expiration ?? raw.Expiration ?? undefined;
  const texts = Object.entries({ accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) });
  const missing = texts.filter(([, value]) => typeof value !== 'string' || value === '');
  if (missing.length > 0) throw invalid(`no ${missing.map(([name]) => name).join(' and ')}`);
  // A browser's complaint about such a header would quote it.
  const odd = texts.find(([name, value]) => name !== 'accessKeySecret' && !/^[\x21-\x7e]+$/.test(value as string));
  if (odd) throw invalid(`${odd[0]} with a character that no header can carry`);
  const isTime = typeof expiration === 'string' || typeof expiration === 'number' || expiration instanceof Date;
  const time = expiration === undefined ? undefined : isTime ? new Date(expiration).getTime() : Number.NaN;
  if (Number.isNaN(time)) throw invalid('an expiration that is no date');
  return {
    accessKeyId: accessKeyId as string,
    accessKeySecret: accessKeySecret as string,
    securityToken: securityToken || undefined,
    expiration: time,
  };
}

/** Names the fault, never what was given. */
function invalid(fault: string): CredentialsError {
  return new CredentialsError(
    'InvalidCredentials',
    `\`credentials\` gave ${fault}: return what AssumeRole answers, or { accessKeyId, accessKeySecret, securityToken, expiration }.`,
  );
}
