import { abortable, within } from '../core/abortable.js';
import { CredentialsError, isCredentialsError } from '../errors.js';
import type { Clock } from '../ports.js';

/** Calls a function of the application until it answers, for as long as somebody waits. */
export interface PatientCall<T> {
  readonly answer: Promise<T>;
  /** It has ended, or is about to: whoever asks now needs a new one. */
  readonly isOver: boolean;
  /**
   * @param onWait called once when the function is slow (no error) or failing
   * @throws {CredentialsError} when calling again can't help
   * @throws `signal.reason`
   */
  wait(signal: AbortSignal, onWait: (error?: CredentialsError) => void): Promise<T>;
}

/** Milliseconds after which a function that hasn't answered is shown to the user as a wait. */
const SLOW = 5_000;
/** Milliseconds between calls of a failing function, doubling. */
export const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** Milliseconds for the function to answer before it is called once more, doubling. */
const FIRST_PATIENCE = 30_000;
const LONGEST_PATIENCE = 300_000;

/**
 * @param name of the option, for messages
 * @param ask calls the function and reads its answer: a {@link CredentialsError} is final
 * @param hasAnswered it has answered before: then an answer of the wrong kind is a bad moment of its server
 * @param mayRepeat after so many calls; always, where nothing else can be done
 */
export function createPatientCall<T>(
  name: 'credentials' | 'signer',
  ask: (context: { signal: AbortSignal }) => Promise<T>,
  hasAnswered: boolean,
  clock: Clock,
  mayRepeat: (calls: number) => boolean = () => true,
): PatientCall<T> {
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

  async function callUntilAnswered(): Promise<T> {
    let takeAny: (answer: T) => void = () => {};
    /** A call that was given up may still answer, and any answer is welcome. */
    const any = new Promise<T>((resolve) => {
      takeAny = resolve;
    });
    let patience = FIRST_PATIENCE;
    for (let calls = 1, delay = FIRST_DELAY; ; calls += 1, delay = Math.min(2 * delay, LONGEST_DELAY)) {
      const givenUp = new AbortController();
      try {
        const call = ask({ signal: AbortSignal.any([signal, givenUp.signal]) });
        call.then(takeAny, () => {});
        const answer = await within(Promise.race([any, call]), patience, clock, signal);
        if (answer) return answer;
        givenUp.abort(hung(name, patience));
        throw givenUp.signal.reason;
      } catch (error) {
        signal.throwIfAborted();
        const isHung = givenUp.signal.aborted;
        const shown = isCredentialsError(error) ? error : failed(name, error);
        const isRefused = !isHung && isCredentialsError(error) && !(hasAnswered && /^Invalid/.test(error.code));
        // In the background one failure is enough: what is at hand is still good.
        isOver = isRefused || waiters.size === 0 || !mayRepeat(calls);
        if (isOver) throw shown;
        report(shown);
        if (isHung) patience = Math.min(2 * patience, LONGEST_PATIENCE);
        // Half to full, so that many pages don't call the server at the same moment.
        const answer = await within(any, delay * (0.5 + Math.random() / 2), clock, signal);
        if (answer) return answer;
      }
    }
  }

  const cancelSlow = clock.after(SLOW, () => report(undefined));
  const answer = callUntilAnswered().finally(() => {
    cancelSlow();
    isOver = true;
  });
  return {
    answer,
    get isOver() {
      return isOver;
    },
    async wait(waiting, onWait) {
      const waiter = { onWait };
      waiters.add(waiter);
      if (trouble) onWait(trouble.error);
      try {
        return await abortable(answer, waiting);
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
function failed(name: string, cause: unknown): CredentialsError {
  return new CredentialsError('ProviderFailed', `The \`${name}\` function failed.`, { cause });
}

function hung(name: string, milliseconds: number): CredentialsError {
  return new CredentialsError('ProviderHung', `The \`${name}\` function has not answered for ${milliseconds / 1000} s.`);
}
