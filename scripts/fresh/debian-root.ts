/** A root with Debian unstable in it, by debootstrap, which is fetched where it is not installed. */
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./system.ts";

const ARCHIVE = "http://deb.debian.org/debian";

/** @throws Error with what debootstrap said */
export async function debianRoot(packages: readonly string[], say: (text: string) => unknown): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "peer-stables-debian-"));
  const tools = mkdtempSync(join(tmpdir(), "peer-stables-debootstrap-"));
  try {
    const installed = Bun.which("debootstrap");
    const program = installed === null ? await fetched(tools) : [installed];
    say(`making Debian unstable with ${packages.join(", ")}; some minutes`);
    await run([...program, "--variant=minbase", `--include=${packages.join(",")}`, "sid", root, ARCHIVE]);
    return root;
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(tools, { recursive: true, force: true });
  }
}

/** Unpacked, not installed: this machine stays as it is. */
async function fetched(folder: string): Promise<string[]> {
  await run(["sh", "-c", 'cd "$0" && apt-get download debootstrap', folder]);
  const [file] = globSync("debootstrap_*.deb", { cwd: folder });
  if (file === undefined) throw new Error("apt has no debootstrap; install it first");
  await run(["dpkg-deb", "-x", join(folder, file), folder]);
  return ["env", `DEBOOTSTRAP_DIR=${folder}/usr/share/debootstrap`, `${folder}/usr/sbin/debootstrap`];
}
