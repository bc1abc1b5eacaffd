/** A root with Debian testing in it, by debootstrap, which is fetched where it is not installed, and apt. */
import { copyFileSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot, run } from "./system.ts";

const ARCHIVE = "http://deb.debian.org/debian";
/** The first release whose Rust is recent enough. */
const SUITE = "testing";

/** @throws Error with what debootstrap or apt said */
export async function debianRoot(packages: readonly string[], say: (text: string) => unknown): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "peer-stables-debian-"));
  const tools = mkdtempSync(join(tmpdir(), "peer-stables-debootstrap-"));
  try {
    const installed = Bun.which("debootstrap");
    const program = installed === null ? await fetched(tools) : [installed];
    say(`making Debian ${SUITE} with ${packages.join(", ")}; some minutes`);
    await run([...program, "--variant=minbase", SUITE, root, ARCHIVE]);
    for (const name of ["resolv.conf", "hosts"]) copyFileSync(`/etc/${name}`, `${root}/etc/${name}`);
    const quiet = [
      "/usr/bin/env",
      "DEBIAN_FRONTEND=noninteractive",
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      "apt-get",
      "-qq",
    ];
    await run(inRoot(root, "0:0", [...quiet, "install", "--yes", "--no-install-recommends", ...packages]));
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
