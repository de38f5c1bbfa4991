import { abortable, within } from '../core/abortable.js';
import { CredentialsError, isCredentialsError } from '../errors.js';
import type { CredentialsProvider } from '../options/types.js';
import type { Clock } from '../ports.js';
import { type Keys, parseCredentials } from './parse-credentials.js';

/** Calls the credentials function until it returns credentials, for as long as somebody waits. */
export interface CredentialsRenewal {
  readonly keys: Promise<Keys>;
  /** It has ended, or is about to: whoever asks now needs a new one. */
  readonly isOver: boolean;
  /**
   * @param onWait called once when the function is slow (no error) or failing
   * @throws {CredentialsError} when calling again can't help
   * @throws `signal.reason`
   */
  wait(signal: AbortSignal, onWait: (error?: CredentialsError) => void): Promise<Keys>;
}

/** Milliseconds after which a function that hasn't answered is shown to the user as a wait. */
const SLOW = 5_000;
/** Milliseconds between calls of a failing function, doubling. */
export const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** Milliseconds for the function to answer before it is called once more, doubling. */
const FIRST_PATIENCE = 30_000;
const LONGEST_PATIENCE = 300_000;

/** @param hadKeys it has returned credentials before: then an answer without any is a bad moment of its server */
export function createCredentialsRenewal(provider: CredentialsProvider, hadKeys: boolean, clock: Clock): CredentialsRenewal {
  const controller = new AbortController();
  const { signal } = controller;
  const waiters = new Set<{ onWait(error?: CredentialsError): void }>();
  /** Slow, or failing with this. */
  let trouble: { error: CredentialsError | undefined } | undefined;
  let isOver = false;

  function report(error: CredentialsError | undefined): void {
    if (!trouble) for (const { onWait } of waiters) onWait(error);
    trouble = { error };
  }

  async function callOnce(callSignal: AbortSignal): Promise<Keys> {
    return parseCredentials(await provider({ signal: callSignal }));
  }

  async function callUntilAnswered(): Promise<Keys> {
    let takeAny: (keys: Keys) => void = () => {};
    /** A call that was given up may still answer, and any answer is welcome. */
    const any = new Promise<Keys>((resolve) => {
      takeAny = resolve;
    });
    let patience = FIRST_PATIENCE;
    for (let delay = FIRST_DELAY; ; delay = Math.min(2 * delay, LONGEST_DELAY)) {
      const givenUp = new AbortController();
      try {
        const call = callOnce(AbortSignal.any([signal, givenUp.signal]));
        call.then(takeAny, () => {});
        const keys = await within(Promise.race([any, call]), patience, clock, signal);
        if (keys) return keys;
        givenUp.abort(providerHung(patience));
        throw givenUp.signal.reason;
      } catch (error) {
        signal.throwIfAborted();
        const isHung = givenUp.signal.aborted;
        const isFinal = !isHung && isCredentialsError(error) && !(hadKeys && error.code === 'InvalidCredentials');
        // In the background one failure is enough: the credentials at hand are still good.
        isOver = isFinal || waiters.size === 0;
        if (isOver) throw error;
        report(error instanceof CredentialsError ? error : providerFailed(error));
        if (isHung) patience = Math.min(2 * patience, LONGEST_PATIENCE);
        // Half to full, so that many pages don't call the server at the same moment.
        const keys = await within(any, delay * (0.5 + Math.random() / 2), clock, signal);
        if (keys) return keys;
      }
    }
  }

  const cancelSlow = clock.after(SLOW, () => report(undefined));
  const keys = callUntilAnswered().finally(() => {
    cancelSlow();
    isOver = true;
  });
  return {
    keys,
    get isOver() {
      return isOver;
    },
    async wait(waiting, onWait) {
      const waiter = { onWait };
      waiters.add(waiter);
      if (trouble) onWait(trouble.error);
      try {
        return await abortable(keys, waiting);
      } finally {
        waiters.delete(waiter);
        if (waiters.size === 0 && waiting.aborted) {
          isOver = true;
          controller.abort(waiting.reason);
        }
      }
    },
  };
}

/** What the application is shown meanwhile. The function's own words stay in `cause`: nobody knows what they contain. */
function providerFailed(cause: unknown): CredentialsError {
  return new CredentialsError('ProviderFailed', 'The `credentials` function failed (see cause). It will be called again.', { cause });
}

function providerHung(milliseconds: number): CredentialsError {
  return new CredentialsError(
    'ProviderHung',
    `The \`credentials\` function has not answered for ${milliseconds / 1000} s. It will be called again. Check your server.`,
  );
}
