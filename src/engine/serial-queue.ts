/**
 * Runs tasks one after the other: every event, price and command of an engine goes through one of these, so that no
 * decision is taken on a book that another task is changing.
 */
export function serialQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next.catch(() => undefined);
    return next;
  };
}
