/** Where things lie on disk. Folders are 0700, files 0600; the process runs with umask 077. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { homedir, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CodedError, reasonOf } from "../errors.ts";
import type { Network, Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";

/** The platform's data folder: XDG on Linux, Application Support on macOS. */
export function platformDataRoot(env: Record<string, string | undefined>): string {
  const xdg = env["XDG_DATA_HOME"];
  if (xdg?.startsWith("/")) return join(xdg, "peer-stables");
  if (platform() === "darwin") return join(homedir(), "Library", "Application Support", "peer-stables");
  return join(homedir(), ".local", "share", "peer-stables");
}

export interface DataFolders {
  root: string;
  /** What the roles of one network on this machine share: the LSP's contact, the newest JIT invoices. */
  shared: string;
  role(role: Role): string;
  chain: string;
}

/** A role's own folder, which this does not make. @param given relative to where the program was started */
export function roleFolder(given: string, network: Network, role: Role): string {
  return join(resolve(given), network, role);
}

/** @param given relative to where the program was started. @throws AppError `data_dir_unwritable` */
export function dataFolders(given: string, network: Network): DataFolders {
  const root = resolve(given);
  const shared = join(root, network);
  makeFolder(shared);
  return { root, shared, role: (role) => roleFolder(given, network, role), chain: join(shared, "chain") };
}

/** A folder for one run. @throws AppError `data_dir_unwritable` */
export function passingFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "peer-stables-demo-"));
  } catch (cause) {
    throw new AppError(
      "data_dir_unwritable",
      `No folder can be made in ${tmpdir()} (${reasonOf(cause)}); name another with TMPDIR or --data-dir.`,
      { cause },
    );
  }
}

export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError(
      "data_dir_unwritable",
      `The data directory ${path} cannot be made (${reasonOf(cause)}); name another with --data-dir.`,
      { cause },
    );
  }
}

/**
 * Any error of opening `folder`; for one that is in use with the process that has it, which the native library writes
 * into a node's lock file (docs/native-abi.md).
 *
 * @param nodeFolder a folder whose node runs in that same process
 */
export function namingHolder(error: unknown, folder: string, nodeFolder: string): unknown {
  if (!(error instanceof CodedError) || error.code !== "data_dir_in_use") return error;
  return new AppError(
    "data_dir_in_use",
    `The data directory ${folder} is in use by ${holderOf(nodeFolder)}; stop that, or name another with --data-dir.`,
    { cause: error },
  );
}

function holderOf(nodeFolder: string): string {
  const pid = lockPid(join(nodeFolder, "lock"));
  return pid === undefined ? "another process" : `process ${pid}`;
}

function lockPid(path: string): number | undefined {
  try {
    return Number(/^\d{1,9}$/.exec(readFileSync(path, "utf8"))?.[0] ?? Number.NaN) || undefined;
  } catch {
    return undefined;
  }
}

/** The process that holds a node's folder now. The lock itself is not touched: whoever starts meanwhile must get it. */
export function runningProcess(nodeFolder: string): number | undefined {
  const path = join(nodeFolder, "lock");
  const pid = lockPid(path);
  if (pid === undefined) return undefined;
  // The number outlives its process, and another may have it by now; Linux tells who holds which file.
  if (existsSync(LINUX_LOCKS)) {
    const held = new RegExp(`:${statSync(path).ino} `);
    return held.test(readFileSync(LINUX_LOCKS, "utf8")) ? pid : undefined;
  }
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

const LINUX_LOCKS = "/proc/locks";
