/** What ends a session from outside, whatever it is doing. */

/** Exit codes of a process that a signal asked to stop: 128 plus the signal's number, as shells count. */
const stopSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** As after SIGPIPE: whoever read standard output is gone. */
const READER_GONE = 141;

export interface Stopping {
  /** Resolves with the exit code once a stop is asked for; rejects with an error that nobody caught: a bug. */
  asked: Promise<number>;
  isAsked(): boolean;
  /** From now on an interrupt is told to this instead, as in a shell that asks first. */
  onInterrupt(handler: () => void): void;
  /** Gives signals and errors back their usual effect. */
  forget(): void;
}

/** Watches from now on. A second signal does not cut in: what is being closed is closed whole. */
export function watchForStop(): Stopping {
  const asked = Promise.withResolvers<number>();
  let done = false;
  const stop = (code: number) => {
    done = true;
    asked.resolve(code);
  };
  const fail = (error: unknown) => {
    done = true;
    asked.reject(error);
  };
  // Nobody may be waiting yet when it happens.
  asked.promise.catch(() => undefined);
  let interrupted: (() => void) | undefined;
  const undo = Object.entries(stopSignals).map(([name, code]) => {
    const handler = () => (name === "SIGINT" && interrupted !== undefined ? interrupted() : stop(code));
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const readerGone = () => stop(READER_GONE);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.stdout.on("error", readerGone);
  return {
    asked: asked.promise,
    isAsked: () => done,
    onInterrupt(handler) {
      interrupted = handler;
    },
    forget() {
      for (const off of undo) off();
      process.off("uncaughtException", fail);
      process.off("unhandledRejection", fail);
      process.stdout.off("error", readerGone);
    },
  };
}
