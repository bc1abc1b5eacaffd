/** One role over time: it has a session always, though not always the same. */
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { stateOfCode } from "../node/chain-view.ts";
import type { Session } from "./session.ts";

/** Between two tries to open where the chain source is in trouble. */
const AGAIN_MS = 5_000;

/** What of a session its life needs. */
type Living = Pick<Session, "nodeId" | "onChange" | "kill" | "close">;

export interface RoleLife<S = Session> {
  nodeId: string;
  /** The session of the moment; undefined while it is being opened again. */
  now(): S | undefined;
  /** Runs with the session of the moment, which stays open until it is done. Waits where there is none yet. */
  use<T>(task: (session: S) => Promise<T>): Promise<T>;
  /** As of the session of the moment, and when that changes. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /**
   * Closes the session once nothing runs with it and opens the next; what is asked meanwhile waits for that. Returns at
   * once, so that what runs may ask for it.
   */
  reopen(): void;
  /** Torn down at once, as by a power cut. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param open the same role once more; an error of it is every later command's answer, and where it is the chain
 * source's the role is opened again until that is back
 */
export function roleLife<S extends Living>(first: S, open: () => Promise<S>, clock: Clock): RoleLife<S> {
  const listeners = new Set<() => void>();
  /** Undefined from the moment on at which no new command may begin with it. */
  let current: S | undefined = first;
  let next: Promise<S> = (async () => first)();
  let ended = false;
  let running = 0;
  let idle = () => {};
  let again = () => {};

  function changed(): void {
    for (const listener of [...listeners]) listener();
  }

  async function replace(old: S): Promise<S> {
    if (running > 0) {
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    }
    await old.close();
    return opened();
  }

  async function opened(): Promise<S> {
    try {
      const session = await open();
      session.onChange(changed);
      // Closed meanwhile: whoever closes waits for `next` and ends it.
      if (!ended) current = session;
      return session;
    } catch (error) {
      const passes = error instanceof CodedError && stateOfCode[error.code] !== undefined;
      if (passes && !ended) again = clock.after(AGAIN_MS, () => follow(opened()));
      throw error;
    }
  }

  function follow(opening: Promise<S>): void {
    next = opening;
    next.then(changed, changed);
  }

  /** Ends what there is, or what is being opened. */
  async function end(how: (session: S) => Promise<void>): Promise<void> {
    ended = true;
    again();
    const held = current;
    current = undefined;
    const session = held ?? (await next.catch(() => undefined)); // it closed itself when it could not open
    if (session !== undefined) await how(session);
  }

  first.onChange(changed);
  return {
    nodeId: first.nodeId,
    now: () => current,
    async use(task) {
      const session = current ?? (await next);
      running += 1;
      try {
        return await task(session);
      } finally {
        running -= 1;
        if (running === 0) idle();
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reopen() {
      if (current === undefined || ended) return;
      const old = current;
      current = undefined;
      follow(replace(old));
    },
    kill: () => end((session) => session.kill()),
    close: () => end((session) => session.close()),
  };
}
