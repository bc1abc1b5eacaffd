/**
 * ldk-node takes its LSP when it is built. A user that started before there was one on this machine is closed and
 * opened again as soon as one says where it is; commands wait meanwhile.
 */
import type { Clock } from "../clock.ts";
import type { Session } from "./session.ts";

const LOOK_MS = 1_000;

/** One role over time: it has a session always, though not always the same. */
export interface RoleLife {
  nodeId: string;
  /** Runs with the session of the moment, which stays open until it is done. */
  use<T>(task: (session: Session) => Promise<T>): Promise<T>;
  /** As of the session of the moment, and when that changes. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** A role that needs nothing later. */
export function steadyLife(session: Session): RoleLife {
  return {
    nodeId: session.nodeId,
    use: (task) => task(session),
    onChange: session.onChange,
    close: session.close,
  };
}

/** @param lspKnown whether a session that is opened now would have its LSP */
export function lifeAwaitingLsp(
  first: Session,
  open: () => Promise<Session>,
  lspKnown: () => boolean,
  clock: Clock,
): RoleLife {
  const listeners = new Set<() => void>();
  /** Undefined from the moment on at which no new command may begin with it. */
  let current: Session | undefined = first;
  let next = Promise.resolve(first);
  let running = 0;
  const idle = Promise.withResolvers<void>();

  function changed(): void {
    for (const listener of [...listeners]) listener();
  }

  async function reopened(): Promise<Session> {
    if (running > 0) await idle.promise;
    await first.close();
    current = await open();
    current.onChange(changed);
    return current;
  }

  function look(): void {
    if (!lspKnown()) {
      cancel = clock.after(LOOK_MS, look);
      return;
    }
    current = undefined;
    next = reopened();
    // An error of opening is every later command's answer.
    next.then(changed, changed);
  }
  let cancel = clock.after(LOOK_MS, look);
  first.onChange(changed);

  return {
    nodeId: first.nodeId,
    async use(task) {
      const session = current ?? (await next);
      running++;
      try {
        return await task(session);
      } finally {
        running--;
        if (running === 0 && current === undefined) idle.resolve();
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      cancel();
      await next.then(
        (session) => session.close(),
        () => undefined, // it closed itself when it could not open
      );
    },
  };
}
