/** Keeps a role from beginning what a full disk would cut short. */
import type { Clock } from "../clock.ts";
import type { Network } from "../node/port.ts";
import { HOLD_BYTES, LEAST_BYTES, MIB } from "../store/free-space.ts";
import { AppError } from "./app-error.ts";

type FreeBytes = (path: string) => number;

const mib = (bytes: number) => `${Math.floor(bytes / MIB).toLocaleString("en")} MiB`;

/** On regtest a small disk will do. @throws AppError `disk_full` */
export function refuseFullDisk(folder: string, network: Network, freeBytes: FreeBytes): void {
  const least = network === "regtest" ? HOLD_BYTES : LEAST_BYTES;
  const free = freeBytes(folder);
  if (free >= least) return;
  throw new AppError(
    "disk_full",
    `The disk of ${folder} has ${mib(free)} free, and ${mib(least)} are needed: make room, or move the folder to a larger disk while nothing runs.`,
  );
}

const LOOK_MS = 1_000;

/** @returns what is wrong, looked up at most once a second; nothing while there is room */
export function diskGuard(folder: string, clock: Clock, freeBytes: FreeBytes): () => string | undefined {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;
  return () => {
    if (clock.steadyMs() - lookedAt < LOOK_MS) return problem;
    lookedAt = clock.steadyMs();
    problem = problemOf(folder, freeBytes);
    return problem;
  };
}

function problemOf(folder: string, freeBytes: FreeBytes): string | undefined {
  const free = freeBytes(folder);
  return free < HOLD_BYTES ? `${mib(free)} are free at ${folder}; make room` : undefined;
}
