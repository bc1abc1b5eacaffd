/** A Debian with nothing but its base and systemd, in which a package is installed and used; gone with `remove`. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { debianRoot } from "../../scripts/fresh/debian-root.ts";
import { inRoot, run } from "../../scripts/fresh/system.ts";
import { withFileLock } from "../../scripts/setup/file-lock.ts";

/** Made once, in some two minutes, by whoever needs it first; unpacked in seconds for each that follows. */
const cache = join(import.meta.dir, "../../.cache/debian");
const archive = join(cache, "systemd.tar");

async function makeArchive(): Promise<void> {
  if (existsSync(archive)) return;
  const root = await debianRoot(["systemd"], () => undefined);
  try {
    await run(["tar", "--numeric-owner", "-cf", `${archive}.next`, "-C", root, "."]);
    renameSync(`${archive}.next`, archive);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export interface Debian {
  /** A line of its shell; what it said, both streams. @param user `uid:gid` */
  type(line: string, user?: string): Promise<{ code: number; said: string }>;
  /** Puts a file of this machine into its /tmp. @returns the path there */
  bring(file: string): string;
  remove(): void;
}

export async function bareDebian(): Promise<Debian> {
  mkdirSync(cache, { recursive: true });
  await withFileLock(join(cache, "lock"), () => {}, makeArchive);
  const root = mkdtempSync(join(tmpdir(), "peer-stables-debian-"));
  await run(["tar", "--numeric-owner", "-xpf", archive, "-C", root]);
  // For others than root to be in it.
  chmodSync(root, 0o755);
  const env = ["/usr/bin/env", "-i", "HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
  return {
    async type(line, user = "0:0") {
      const child = Bun.spawn(inRoot(root, user, [...env, "/bin/sh", "-c", `exec 2>&1; ${line}`]), {
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [said, entering] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      return { code: child.exitCode ?? 128, said: entering + said };
    },
    bring(file) {
      const there = `/tmp/${basename(file)}`;
      copyFileSync(file, root + there);
      return there;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
