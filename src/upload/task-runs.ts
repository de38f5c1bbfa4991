/** The runs of a task: one at a time, however pauses and resumes follow each other. */
export interface TaskRuns {
  /** Starts a run as soon as one is wanted and the last one has ended. */
  drive(): void;
  /** Ends the run under way. @returns when it has ended */
  stop(reason?: unknown): Promise<void> | undefined;
  /** The end of the run under way. */
  readonly ended: Promise<void> | undefined;
}

/**
 * The only place that starts runs.
 * @param isWanted whether another run is wanted
 */
export function createTaskRuns(isWanted: () => boolean, execute: (signal: AbortSignal) => Promise<void>): TaskRuns {
  let controller = new AbortController();
  let ended: Promise<void> | undefined;
  let isDriving = false;

  async function drive(): Promise<void> {
    if (isDriving) return;
    isDriving = true;
    // Out of the caller's turn: whoever called has subscribed by now.
    await undefined;
    while (isWanted()) {
      controller = new AbortController();
      ended = execute(controller.signal);
      await ended;
      ended = undefined;
    }
    isDriving = false;
  }

  return {
    drive: () => void drive(),
    stop(reason) {
      if (ended) controller.abort(reason);
      return ended;
    },
    get ended() {
      return ended;
    },
  };
}
