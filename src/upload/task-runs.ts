/** The runs of a task: one at a time, however pauses and resumes follow each other. */
export interface TaskRuns {
  /** Starts a run as soon as one is wanted, the last one has ended, and it is this task's turn. */
  drive(): void;
  /** Ends the run under way, or leaves the line. @returns when it has ended */
  stop(reason?: unknown): Promise<void> | undefined;
  /** The end of the run under way. */
  ended(): Promise<void> | undefined;
}

/** Waits for the task's turn, as `enter` of a pool does. */
export type EnterLine = (begin: (endTurn: () => void) => void) => () => boolean;

/**
 * The only place that starts runs. A task that waits for its turn has none yet.
 * @param isWanted whether another run is wanted
 * @param execute one run, in a turn that it ends
 */
export function createTaskRuns(
  isWanted: () => boolean,
  enterLine: EnterLine,
  execute: (signal: AbortSignal, endTurn: () => void) => Promise<void>,
): TaskRuns {
  let controller: AbortController | undefined;
  let ended: Promise<void> | undefined;
  let leaveLine: (() => boolean) | undefined;
  let isDriving = false;

  function next(): void {
    isDriving = isWanted();
    if (isDriving) leaveLine = enterLine(begin);
  }

  function begin(endTurn: () => void): void {
    controller = new AbortController();
    ended = execute(controller.signal, endTurn).then(() => {
      ended = undefined;
      next();
    });
  }

  return {
    drive() {
      if (isDriving) return;
      isDriving = true;
      // Out of the caller's turn: whoever called has subscribed by now.
      queueMicrotask(next);
    },
    stop(reason) {
      if (leaveLine?.()) isDriving = false;
      if (ended) controller?.abort(reason);
      return ended;
    },
    ended: () => ended,
  };
}
