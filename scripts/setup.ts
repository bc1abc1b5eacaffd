/**
 * Brings a fresh clone to where it runs, and costs a few milliseconds when it is there already: dependencies as locked,
 * then the native library. Every package script calls it first, so it imports nothing from node_modules.
 *
 * All it says goes to standard error: what follows it may print JSON. Exit code 3 when something is missing or fails.
 */
import { dirname, join } from "node:path";
import { dependenciesAreInstalled, installDependencies } from "./setup/dependencies.ts";
import { withFileLock } from "./setup/file-lock.ts";
import { buildNativeLibrary } from "./setup/native-build.ts";
import { nativeIsBuilt, nativePaths } from "./setup/native-stamp.ts";
import { SetupError } from "./setup/setup-error.ts";

const root = dirname(import.meta.dir);
const paths = nativePaths(root, process.platform);
/** A library brought from elsewhere is used as it is. */
const ownLibrary = Boolean(process.env["PEER_STABLES_LIBRARY"]);

const isReady = (): boolean => dependenciesAreInstalled(root) && (ownLibrary || nativeIsBuilt(paths));
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function prepare(): Promise<void> {
  if (!dependenciesAreInstalled(root)) await installDependencies(root, say);
  if (!ownLibrary && !nativeIsBuilt(paths)) await buildNativeLibrary(paths, process.env);
}

if (!isReady()) {
  try {
    const waiting = (): void => say("another set-up of this folder is under way; waiting for it");
    await withFileLock(join(root, ".cache", "setup.lock"), waiting, prepare);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\n${error.message}`);
    process.exit(3);
  }
}
