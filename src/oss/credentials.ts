import { CredentialsError } from '../errors.js';
import type { Credentials, CredentialsProvider } from '../options/types.js';
import type { Clock } from '../ports.js';
import type { ServiceClock } from './service-clock.js';
import { type Keys, parseCredentials } from './parse-credentials.js';
import { createPatientCall, FIRST_DELAY, type PatientCall } from './patient-call.js';

/** The current keys, fetched by one call at a time however many requests ask. */
export interface CredentialsCache {
  /**
   * Keys that are good now. Near their end, the next ones are fetched in the background. A function that fails or hangs is
   * called again for as long as somebody waits; `onWait` is called once when it is slow (no error) or failing.
   * @throws {CredentialsError} when fixed credentials have expired, when the function throws one, or when its first answer ever
   * isn't credentials
   * @throws `signal.reason`
   */
  get(signal: AbortSignal, onWait: (error?: CredentialsError) => void): Promise<Keys>;
  /** OSS refused these keys: the next `get` fetches others. Of many such calls about the same keys one counts. */
  refuse(keys: Keys): void;
}

export function createCredentialsCache(
  source: Credentials | CredentialsProvider,
  clock: Clock,
  serviceClock: ServiceClock,
): CredentialsCache {
  const provider = typeof source === 'function' ? source : once(source);
  let current: { keys: Keys; fetchedAt: number } | undefined;
  let hadKeys = false;
  /** After a failure in the background: when to try again, by the local clock. */
  let notBefore = 0;
  let renewal: PatientCall<Keys> | undefined;

  function renew(): PatientCall<Keys> {
    if (renewal && !renewal.isOver) return renewal;
    renewal = createPatientCall('credentials', async (context) => parseCredentials(await provider(context)), hadKeys, clock);
    renewal.answer.then(
      (keys) => {
        current = { keys, fetchedAt: clock.now() };
        hadKeys = true;
      },
      () => {
        notBefore = clock.now() + FIRST_DELAY;
      },
    );
    return renewal;
  }

  return {
    async get(signal, onWait) {
      signal.throwIfAborted();
      if (current) {
        const life = lifeOf(current.keys, serviceClock.fromLocal(current.fetchedAt), serviceClock.now());
        if (life === 'ending' && clock.now() >= notBefore) renew();
        if (life !== 'over') return current.keys;
      }
      return renew().wait(signal, onWait);
    },
    refuse(keys) {
      if (current?.keys === keys) current = undefined;
    },
  };
}

/** Returns fixed credentials until OSS refuses them, even past their expiration, which OSS is to judge. */
function once(credentials: Credentials): CredentialsProvider {
  let isGiven = false;
  return async () => {
    if (isGiven) {
      throw new CredentialsError('CredentialsRefused', 'The credentials have expired. Pass a function as `credentials`.');
    }
    const keys = parseCredentials(credentials);
    isGiven = true;
    return { ...keys, expiration: undefined } as object as Credentials;
  };
}

/** `ending` in the last fifth of the lifetime, at most five minutes of it. */
function lifeOf({ expiration = Number.POSITIVE_INFINITY }: Keys, fetchedAt: number, now: number): 'fresh' | 'ending' | 'over' {
  const lifetime = expiration - fetchedAt;
  // Expired on arrival means that the local clock is wrong: OSS judges, and its answer carries the right time.
  if (lifetime <= 0) return 'fresh';
  if (now >= expiration) return 'over';
  return expiration - now <= Math.min(lifetime / 5, 300_000) ? 'ending' : 'fresh';
}
