/** Waiting for states, errors and time, in browsers and in Node. */

/** What {@link until} needs of a task. */
interface Subscribable<State> {
  getSnapshot(): State;
  subscribe(listener: () => void): () => void;
}

/** Resolves when the task's state satisfies `check`, immediately if it already does. */
export function until<State>(task: Subscribable<State>, check: (state: State) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const resolveIfReached = (): void => {
      if (!check(task.getSnapshot())) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = task.subscribe(resolveIfReached);
    resolveIfReached();
  });
}

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('did not reject');
}

/** A promise, and the function that resolves it. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
