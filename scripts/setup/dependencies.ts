/** The JavaScript dependencies, exactly as bun.lock has them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.ts";

/** Lives inside node_modules, so that it goes when that goes. */
const stampPath = (root: string): string => join(root, "node_modules", ".peer-stables-lock");

function lockDigest(root: string): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of ["package.json", "bun.lock"]) hasher.update(readFileSync(join(root, name)));
  return hasher.digest("hex");
}

export function dependenciesAreInstalled(root: string): boolean {
  const stamp = stampPath(root);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockDigest(root);
}

/** @throws SetupError when the installation fails */
export async function installDependencies(root: string, say: (text: string) => void): Promise<void> {
  say("installing the dependencies of bun.lock");
  // This very Bun: with npx there may be no other.
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile"], { cwd: root, stdio: ["ignore", 2, 2] });
  const exitCode = await child.exited;
  if (exitCode !== 0) {
    throw new SetupError(
      `The dependencies could not be installed (bun install ended with ${exitCode}; its reason is above). ` +
        "Check the connection to the npm registry, or after a change of package.json write the lock file anew with `bun install`; then run the same command again.",
    );
  }
  writeFileSync(stampPath(root), lockDigest(root));
}
