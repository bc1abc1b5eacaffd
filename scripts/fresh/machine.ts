/** A machine as a newcomer has it: a root of its own with one person in it, or at least an empty HOME and a short PATH. */
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inRoot, run, stream, unpackProject } from "./system.ts";

export interface Machine {
  /** In words, for the report. */
  kind: string;
  /** Runs a line of a shell in the project's folder; its exit code and all it said. */
  type(line: string): Promise<{ exitCode: number; output: string }>;
  remove(): void;
}

/**
 * Where a package manager finds its registry and whom it trusts belongs to the place, not to the machine; what an npm
 * that runs this says of its own folders does not.
 */
const carriedVariables =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|npm_config_(registry|https?_proxy|proxy|noproxy|ca|cafile|strict_ssl)|CARGO_(HTTP|NET|REGISTR|SOURCE).*|https?_proxy|no_proxy)$/i;
const carriedSettings = [".npmrc", ".bunfig.toml", ".cargo/config.toml"];
const carriedFiles = ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"];

function variables(): Record<string, string> {
  const all = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && carriedVariables.test(name) ? [[name, value]] : [],
  );
  return { ...Object.fromEntries(all), LANG: "C.UTF-8", TERM: "dumb" };
}

/** A file in place of one that is there; a folder only where there is none. */
function carry(from: string, to: string): void {
  if (!existsSync(from)) return;
  if (statSync(to, { throwIfNoEntry: false })?.isDirectory()) return;
  rmSync(to, { force: true });
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

/** Whether roots can be made and entered here: as root, on Linux, with namespaces. */
export function canEnterRoots(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return Bun.spawnSync(["unshare", "--mount", "--pid", "--fork", "chroot", "/", "true"]).success;
}

const HOME = "/home/person";
const FOLDER = `${HOME}/peer-stables`;
/** Nobody special; named by number, so that the root needs no list of users. */
const PERSON = "1000:1000";

/**
 * A person's machine in `root`, which has the programs; whoever is in it sees nothing else, and is not root.
 * @param library the native library to be used there; built there when left out
 */
export async function rootMachine(root: string, kind: string, project: string, library?: string): Promise<Machine> {
  for (const path of [FOLDER, "/tmp", "/proc", "/dev"]) mkdirSync(root + path, { recursive: true });
  for (const [name, minor] of Object.entries({ null: 3, zero: 5, random: 8, urandom: 9 })) {
    const device = `${root}/dev/${name}`;
    if (!existsSync(device)) await run(["mknod", "-m", "666", device, "c", "1", String(minor)]);
  }
  const known = variables();
  for (const path of [...carriedFiles, ...Object.values(known).filter((value) => value.startsWith("/"))]) {
    carry(path, root + path);
  }
  for (const name of carriedSettings) carry(join(homedir(), name), join(root + HOME, name));
  await unpackProject(project, root + FOLDER);
  if (library !== undefined) carry(library, `${root}/opt/native.so`);
  await run(["chown", "-R", PERSON, root + HOME]);
  await run(["chmod", "1777", `${root}/tmp`]);
  await run(["chmod", "755", root]);
  const words = {
    ...known,
    ...(library === undefined ? {} : { PEER_STABLES_LIBRARY: "/opt/native.so" }),
    HOME,
    PATH: "/usr/bin:/bin",
  };
  const inside = ["/usr/bin/env", "-i", ...Object.entries(words).map(([name, value]) => `${name}=${value}`)];
  return {
    kind,
    type: (line) => stream(inRoot(root, PERSON, [...inside, "/bin/sh", "-c", `cd ${FOLDER} && ${line}`])),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Programs by name, on a PATH that has nothing else. */
export async function scratchMachine(project: string, programs: readonly string[], library?: string): Promise<Machine> {
  const base = mkdtempSync(join(tmpdir(), "peer-stables-fresh-"));
  const folder = join(base, "peer-stables");
  const home = join(base, "home");
  const bin = join(base, "bin");
  for (const path of [folder, home, bin]) mkdirSync(path);
  for (const name of programs) {
    const found = Bun.which(name);
    if (found !== null) symlinkSync(found, join(bin, name));
  }
  for (const name of carriedSettings) carry(join(homedir(), name), join(home, name));
  await unpackProject(project, folder);
  const given = library === undefined ? {} : { PEER_STABLES_LIBRARY: library };
  const env = { ...variables(), ...given, HOME: home, PATH: bin, TMPDIR: base };
  return {
    kind: `an empty HOME, and a PATH with ${programs.join(", ")} (a root of its own needs Linux and root)`,
    type: (line) => stream(["sh", "-c", line], { cwd: folder, env }),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Copies a program with the shared libraries it needs, each to where it is on this machine. */
export async function copyProgram(from: string, root: string, to: string = from): Promise<void> {
  mkdirSync(dirname(root + to), { recursive: true });
  copyFileSync(from, root + to);
  const needed = await run(["ldd", from]);
  for (const [path] of needed.matchAll(/\/[^\s()]+/g)) carry(path, root + path);
}
