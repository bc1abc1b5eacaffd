/**
 * `bun run fresh-machine`: the README's steps on a machine that has nothing but what the README asks for. Exit code 1 when
 * one fails. As it is, that is Node and a shell, and the native library built here is brought along: part of the test
 * command. With `--build` it is Debian testing with Node, Rust and a C++ compiler, and the library is built there, which
 * takes a quarter of an hour: for a nightly run.
 */
import { mkdtempSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { debianRoot } from "./fresh/debian-root.ts";
import { canEnterRoots, copyProgram, type Machine, rootMachine, scratchMachine } from "./fresh/machine.ts";
import { readmeSteps } from "./fresh/readme-steps.ts";
import { run } from "./fresh/system.ts";
import { nativePaths } from "./setup/native-stamp.ts";

const project = dirname(import.meta.dir);
const say = (text: string): unknown => process.stdout.write(`${text}\n`);

/** Node with npm, a shell, and what a shebang needs. */
async function bareMachine(library: string): Promise<Machine> {
  const node = Bun.which("node");
  const npx = Bun.which("npx");
  const sh = Bun.which("sh");
  const env = Bun.which("env");
  if (node === null || npx === null || sh === null || env === null)
    throw new Error("node, npx, sh and env are needed on PATH");
  if (!canEnterRoots()) return scratchMachine(project, ["node", "npm", "npx", "sh", "env"], library);
  const root = mkdtempSync(join(tmpdir(), "peer-stables-root-"));
  await copyProgram(realpathSync(node), root, "/usr/bin/node");
  await copyProgram(realpathSync(env), root, "/usr/bin/env");
  await copyProgram(realpathSync(sh), root, "/bin/sh");
  // npm is a folder of scripts beside Node; npx is a link into it.
  await run(["mkdir", "-p", `${root}/usr/lib/node_modules`]);
  await run(["cp", "-r", dirname(dirname(realpathSync(npx))), `${root}/usr/lib/node_modules/npm`]);
  for (const name of ["npm", "npx"])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, `${root}/usr/bin/${name}`);
  return rootMachine(root, "a root with Node and a shell; the native library as built here", project, library);
}

async function debianMachine(): Promise<Machine> {
  if (!canEnterRoots()) throw new Error("--build needs a root of its own: run it as root on Linux");
  const packages = ["ca-certificates", "cargo", "g++", "nodejs", "npm"];
  const root = await debianRoot(packages, say);
  return rootMachine(root, `Debian testing with ${packages.join(", ")}`, project);
}

const build = process.argv.includes("--build");
const library = process.env["PEER_STABLES_LIBRARY"] ?? nativePaths(project, process.platform).library;
const machine = build ? await debianMachine() : await bareMachine(library);
let failures = 0;
try {
  say(`on ${machine.kind}:`);
  const npm = (await machine.type("npm --version")).output;
  for (const { command, shows } of readmeSteps(project, npm.trim().split("\n").at(-1) ?? "")) {
    const start = performance.now();
    say(`$ ${command}`);
    const { exitCode, output } = await machine.type(command);
    const ok = exitCode === 0 && shows.test(output);
    if (!ok) failures += 1;
    say(`${ok ? "ok" : "FAILED"}: exit ${exitCode} after ${Math.round((performance.now() - start) / 1_000)} s`);
  }
} finally {
  machine.remove();
}
process.exit(failures === 0 ? 0 : 1);
