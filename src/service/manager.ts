/** The service manager that started this process, if one did and wants to be told (`sd_notify(3)`). */

export interface Manager {
  /** How often it wants a sign of life: twice within what it allows. Unset: it does not watch. */
  watchMs: number | undefined;
  /** @throws where it can't be told */
  ready(status: string): Promise<void>;
  /** A sign of life, from `ready` until `stopping`: before and after these nobody waits for one. @throws as `ready` */
  beat(): Promise<void>;
  stopping(): Promise<void>;
}

/**
 * @param env `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as systemd sets them
 * @param tell writes one state to the socket
 */
export function managerOf(
  env: Record<string, string | undefined>,
  tell: (socket: string, state: string) => Promise<void>,
): Manager {
  const socket = env["NOTIFY_SOCKET"];
  const watched = (env["WATCHDOG_PID"] ?? String(process.pid)) === String(process.pid);
  const usec = Number(env["WATCHDOG_USEC"] ?? "0");
  const say = async (state: string) => {
    if (socket !== undefined && socket !== "") await tell(socket, state);
  };
  let awaited = false;
  return {
    watchMs: socket !== undefined && watched && usec > 0 ? Math.max(Math.floor(usec / 2000), 1) : undefined,
    async ready(status) {
      await say(`READY=1\nSTATUS=${status}`);
      awaited = true;
    },
    async beat() {
      if (awaited) await say("WATCHDOG=1");
    },
    async stopping() {
      awaited = false;
      // It ends either way.
      await say("STOPPING=1").catch(() => undefined);
    },
  };
}
