/** Looks at a role after each change, and writes to the log what became of it. */
import type { Clock } from "../clock.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import type { StageSession } from "../script/stage.ts";
import type { ServiceLog } from "./log.ts";
import { auditNotices, type Notice, noticesBetween } from "./notices.ts";
import { newestAudit, type Readings, takeReadings } from "./readings.ts";

const SHORTEST_MS = 1_000;
/** Silence is looked at too: a chain source that stopped answering changes nothing. */
const LONGEST_MS = 15_000;
const AUDIT_LINES = 500;

export interface ObserverOptions {
  session: StageSession;
  role: Role;
  log: ServiceLog;
  clock: Clock;
  /** The native library met a bug: nothing the node says can be relied on. */
  onPanic(error: unknown): void;
}

export function startObserver({ session, role, log, clock, onPanic }: ObserverOptions): { stop(): void } {
  let before: Readings | undefined;
  let lastSeq: number | undefined;
  let lastFailure: string | undefined;
  let changed = false;
  let looking = false;
  let stopped = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    const after = await takeReadings(session, role);
    const lines = await newestAudit(session, role, AUDIT_LINES);
    // What happened before this start was told then.
    const notices = [...noticesBetween(before, after), ...auditNotices(lines, lastSeq ?? lines.at(-1)?.seq ?? 0)];
    before = after;
    lastSeq = Math.max(lastSeq ?? 0, lines.at(-1)?.seq ?? 0);
    lastFailure = undefined;
    if (!stopped) tell(notices);
  }

  function tell(notices: readonly Notice[]): void {
    for (const { level, event, fields } of notices) log.write(level, event, fields);
  }

  function failed(error: unknown): void {
    if (stopped) return;
    const message = reasonOf(error);
    const code = error instanceof CodedError ? error.code : "internal";
    // Once, not at every look.
    if (message !== lastFailure) log.write("error", "fault", { code, message });
    lastFailure = message;
    if (code === "native_panic") onPanic(error);
  }

  async function round(): Promise<void> {
    looking = true;
    changed = false;
    await look().catch(failed);
    looking = false;
    schedule(changed ? SHORTEST_MS : LONGEST_MS);
  }

  function schedule(ms: number): void {
    cancel();
    if (!stopped) cancel = clock.after(ms, () => void round());
  }

  const stopListening = session.onChange(() => {
    if (!changed && !looking) schedule(SHORTEST_MS);
    changed = true;
  });
  void round();
  return {
    stop() {
      stopped = true;
      cancel();
      stopListening();
    },
  };
}
