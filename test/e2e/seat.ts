/** A role's process as a service that a test talks to over its control socket. */
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { type Attachment, attachTo } from "../../src/control/attach.ts";
import { CodedError } from "../../src/errors.ts";
import type { Role } from "../../src/node/port.ts";
import { until } from "./until.ts";

const main = join(import.meta.dir, "../../src/main.tsx");
/** The one setting of whoever runs the test that counts: which native library is on trial. */
const libraryPath = process.env["PEER_STABLES_LIBRARY"];
const library = libraryPath === undefined ? {} : { PEER_STABLES_LIBRARY: libraryPath };
const START_MS = 60_000;

export type Result = Record<string, unknown>;

/** The process ended before it answered. */
export class SeatGone extends Error {}

export interface Seat {
  /** The line's result. @throws the line's CodedError, SeatGone */
  ask(line: string): Promise<Result>;
  /** Whether a peg is live with nothing due and nothing in flight. @throws SeatGone */
  settled(): Promise<boolean>;
  /** Ended by this signal; resolves once it is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export interface SeatOptions {
  role: Role;
  network: "regtest";
  dataDir: string;
  args: readonly string[];
}

/** Starts a role and resolves once it answers. @throws with what it said where it ends instead */
export async function takeSeat({ role, network, dataDir, args }: SeatOptions): Promise<Seat> {
  const where = ["--role", role, "--network", network, "--data-dir", dataDir];
  const child = Bun.spawn([process.execPath, main, ...where, ...args, "--headless"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...library },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const complaint = child.stderr.text();
  const attached = await attachment(join(dataDir, network, role, "control.sock"), child);
  if (attached === undefined) throw new SeatGone(`${role} ended with ${child.exitCode}: ${await complaint}`);
  const { session } = attached;

  async function asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof CodedError) || cause.code !== "service_gone") throw cause;
      await child.exited;
      throw new SeatGone(`${role} ended with ${child.signalCode ?? child.exitCode}: ${await complaint}`, { cause });
    }
  }

  return {
    ask: (line) => asked(async () => (await session.run(parseLine(line, [role]).call)).result),
    settled: () => asked(async () => (await session.settled()).settled),
    async end(signal) {
      child.kill(signal);
      await child.exited;
      // Whoever still waits for an answer is told first.
      await attached.gone.catch(() => undefined);
    },
  };
}

/** @returns undefined where the process ends before it listens */
async function attachment(path: string, child: Bun.Subprocess): Promise<Attachment | undefined> {
  const clock = systemClock();
  let attached: Attachment | undefined;
  await until(async () => {
    // The socket that a killed process left refuses.
    attached = await attachTo(path, clock).catch(() => undefined);
    return attached !== undefined || child.exitCode !== null || child.signalCode !== null;
  }, START_MS);
  return attached;
}
