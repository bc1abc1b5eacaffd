/** A role as a service: nobody looks on, so it writes a log, answers for its health and can be attached to. */

import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import type { Hello } from "../control/protocol.ts";
import type { ControlSocket } from "../control/serve.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import { type HealthServer, serveHealth } from "../service/health.ts";
import { rotatingFile, type ServiceLog, serviceLog } from "../service/log.ts";
import { managerOf } from "../service/manager.ts";
import type { Process } from "../service/metrics.ts";
import { startObserver } from "../service/observer.ts";
import { takeReadings } from "../service/readings.ts";
import { startWatchdog } from "../service/watchdog.ts";
import { AppError } from "./app-error.ts";
import { LEFT, unlessLeft } from "./asking.ts";
import { folderOf, type OpenRole, openOneRole, serveRole } from "./open-nodes.ts";
import type { Stopping } from "./signals.ts";

const LOG_BYTES = 10 * 1024 * 1024;
const LOG_FILES = 5;
const WATCH_MS = 10_000;
/** Above LDK's own limits: 5 s for its tasks, 30 s for its events. The unit file gives 90 s. */
export const GRACE_MS = 75_000;

interface Around {
  env: Record<string, string | undefined>;
  clock: Clock;
  stopping: Stopping;
  seed: Uint8Array | undefined;
  /** What it was started with, for those who attach. */
  uses: Hello["settings"];
  /** Says what was to be said of the seed. */
  warned(): void;
}

/**
 * Runs until it is asked to stop, or until it can't go on.
 * @returns the exit code @throws what opening it threw, or what it can't go on for; it is closed by then
 */
export async function runService(settings: Settings & { role: Role }, around: Around): Promise<number> {
  const { env, clock, stopping } = around;
  const open = await unlessLeft(openOneRole(settings, { ...around, leaving: stopping.isAsked }));
  if (open === LEFT) return stopping.asked;
  const folder = folderOf(settings, open.role, env);
  const file = settings["log-file"] ?? join(folder, "service.log");
  const sink =
    file === "-"
      ? (line: string) => void process.stdout.write(line)
      : rotatingFile({ path: file, maxBytes: LOG_BYTES, files: LOG_FILES });
  const log = serviceLog(sink, clock.wallMs);
  const manager = managerOf(env, (socket, state) => open.life.use((session) => session.notifyManager(socket, state)));
  let parts: Parts | undefined;
  try {
    parts = await startParts(settings, open, folder, {
      ...around,
      log,
      watchMs: manager.watchMs ?? WATCH_MS,
      beat: manager.beat,
    });
    const { role, network, life } = open;
    log.write("info", "started", {
      role,
      network,
      node_id: life.nodeId,
      pid: process.pid,
      version: packageJson.version,
    });
    const where = file === "-" ? "its log goes to standard output" : `its log is ${file}`;
    process.stderr.write(`${role} ${life.nodeId} runs on ${network}; ${where}.\n`);
    around.warned();
    await manager.ready(`${role} on ${network}`);
    const code = await Promise.race([stopping.asked, parts.failed]);
    log.write("info", "stopping", { exit_code: code });
    return code;
  } catch (error) {
    const code = error instanceof CodedError ? error.code : "internal";
    log.write("error", "failed", { code, message: reasonOf(error) });
    throw error;
  } finally {
    await manager.stopping();
    await closedInTime(open, parts, { clock, log });
  }
}

interface Parts {
  /** Rejects with what it can't go on for. */
  failed: Promise<never>;
  close(): Promise<void>;
}

async function startParts(
  settings: Settings,
  open: OpenRole,
  folder: string,
  {
    clock,
    uses,
    log,
    watchMs,
    beat,
  }: { clock: Clock; log: ServiceLog; watchMs: number; beat(): Promise<void> } & Around,
): Promise<Parts> {
  const { role, session, life } = open;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const began = clock.steadyMs();
  let lateMs = 0;
  let control: ControlSocket | undefined;

  const watchdog = startWatchdog({
    loops: [
      { name: "the engine's queue", turn: () => life.use((one) => one.turn()), limitMs: 180_000 },
      { name: "the native library", turn: () => life.use((one) => one.context.node.status()), limitMs: 60_000 },
    ],
    everyMs: watchMs,
    clock,
    onBeat(late) {
      lateMs = late;
      if (late > watchMs) log.write("warn", "event_loop_late", { late_ms: Math.round(late) });
      beat().catch((error: unknown) => log.write("warn", "manager_unreachable", { message: reasonOf(error) }));
    },
    onStuck({ name }, forMs) {
      const seconds = Math.round(forMs / 1000);
      log.write("error", "stuck", { loop: name, for_s: seconds });
      const said = `${name} has given no sign of life for ${seconds} s`;
      failed.reject(new AppError("service_stuck", `The ${role} was stopped because ${said}; start it again.`));
    },
    onRecovered: ({ name }, afterMs) => log.write("info", "recovered", { loop: name, after_ms: Math.round(afterMs) }),
  });

  function ofProcess(): Process {
    return {
      role,
      version: packageJson.version,
      attachments: control?.attachments() ?? 0,
      eventLoopLateMs: lateMs,
      stuck: watchdog.stuck(),
      logLinesLost: log.lost(),
      residentBytes: process.memoryUsage.rss(),
      uptimeMs: clock.steadyMs() - began,
    };
  }

  const observer = startObserver({ session, role, log, clock, onPanic: failed.reject });
  let health: HealthServer | undefined;

  async function close(): Promise<void> {
    watchdog.stop();
    observer.stop();
    await health?.stop();
    await control?.close("it is being stopped");
  }

  try {
    control = await serveRole(open, folder, { clock, uses }, (reason) => log.write("warn", "hung_up", { reason }));
    if (settings.metrics !== undefined) {
      const { host, port } = settings.metrics;
      health = healthAt(host, port, () => takeReadings(session, role), ofProcess, clock);
      log.write("info", "metrics", { host, port: health.port });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { failed: failed.promise, close };
}

function healthAt(
  host: string,
  port: number,
  read: Parameters<typeof serveHealth>[0]["read"],
  ofProcess: () => Process,
  clock: Clock,
): HealthServer {
  try {
    return serveHealth({ host, port, read, process: ofProcess, clock });
  } catch (cause) {
    const said = `Nothing can listen for --metrics on ${host}:${port} (${reasonOf(cause)})`;
    throw new AppError("port_in_use", `${said}; name another port.`, { cause });
  }
}

/** What is not closed by then is cut off: every payment was journaled before it was sent. */
async function closedInTime(
  open: OpenRole,
  parts: Parts | undefined,
  { clock, log }: { clock: Clock; log: ServiceLog },
): Promise<void> {
  const began = clock.steadyMs();
  const late = Promise.withResolvers<"late">();
  const cancel = clock.after(GRACE_MS, () => late.resolve("late"));
  const closed = (async () => {
    await parts?.close();
    await open.close();
  })();
  const elapsed = () => ({ elapsed_ms: Math.round(clock.steadyMs() - began) });
  if ((await Promise.race([closed, late.promise])) === "late") log.write("error", "cut_off", elapsed());
  else log.write("info", "stopped", elapsed());
  cancel();
}
