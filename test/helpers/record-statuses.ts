/** What a task's status goes through from now on, in browsers and in Node. */
interface Task {
  getSnapshot(): { status: string };
  subscribe(listener: () => void): () => void;
}

/** @returns a list that grows with each change; repetitions in a row are left out */
export function recordStatuses(task: Task): string[] {
  const statuses: string[] = [];
  task.subscribe(() => {
    const { status } = task.getSnapshot();
    if (status !== statuses.at(-1)) statuses.push(status);
  });
  return statuses;
}
