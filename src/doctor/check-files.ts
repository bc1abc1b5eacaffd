/** Data folder, permissions, disk. */
import { accessSync, constants, existsSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { reasonOf } from "../errors.ts";
import { ENOUGH_BYTES, freeBytes, LEAST_BYTES, MIB } from "../store/free-space.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";

const WRITABLE = constants.R_OK | constants.W_OK | constants.X_OK;

export const dataFolderCheck: Check = {
  name: "data folder",
  summary: "it is there, or can be made, and can be written",
  run({ root, roles }) {
    const there = existsSync(root);
    const folder = there ? root : nearestFolder(root);
    try {
      accessSync(folder, WRITABLE);
    } catch (error) {
      const remedy = `give it to the user who runs this (chown), or name another with --data-dir`;
      return [fail(`${folder} cannot be written (${reasonOf(error)})`, remedy)];
    }
    const moved = roles.flatMap((one) => one.moved ?? []);
    if (moved.length > 0) return moved.map((why) => fail(why, "start the restored copy instead"));
    const kept = roles.filter(({ folder: own }) => existsSync(own)).map(({ role }) => role);
    if (!there) return [ok(`${root} is not there yet and can be made`)];
    return [ok(`${root}: ${kept.length === 0 ? "no role of this network yet" : kept.join(", ")}`)];
  },
};

/** The folder that is there and in which the others would be made. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

const OTHERS = 0o077;
const NAMED = 4;

export const permissionCheck: Check = {
  name: "permissions",
  summary: "folders are 0700, files 0600, and all belong to who runs this",
  run({ root }) {
    if (!existsSync(root)) return [skip("no data folder yet")];
    const paths = [root, ...below(root)];
    const stats = paths.map((path) => ({ path, ...pick(path) }));
    const open = stats.filter(({ mode }) => (mode & OTHERS) !== 0).map(({ path }) => path);
    const foreign = stats.filter(({ uid }) => uid !== process.getuid?.()).map(({ path }) => path);
    return [
      open.length === 0 ? ok(`${paths.length} files and folders, open to nobody else`) : undefined,
      open.length > 0 ? fail(`others may read ${some(open)}`, `chmod -R go-rwx ${root}`) : undefined,
      foreign.length > 0
        ? fail(`another user owns ${some(foreign)}`, `chown them to the user who runs this`)
        : undefined,
    ].filter((finding) => finding !== undefined);
  },
};

function below(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...below(path)] : [path];
  });
}

/** A link's own mode says nothing, and a file may go while we look. */
function pick(path: string): { mode: number; uid: number | undefined } {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return { mode: stat === undefined || stat.isSymbolicLink() ? 0 : stat.mode, uid: stat?.uid ?? process.getuid?.() };
}

function some(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export const diskCheck: Check = {
  name: "disk",
  summary: "at least 1 GiB free where the data lies; below 200 MiB it fails",
  run({ root }) {
    const free = freeBytes(root);
    const says = `${Math.floor(free / MIB).toLocaleString("en")} MiB free`;
    const remedy = `make room, or move the data folder to a larger disk while nothing runs; a full disk stops settlements`;
    if (free < LEAST_BYTES) return [fail(says, remedy)];
    return [free < ENOUGH_BYTES ? warn(says, remedy) : ok(says)];
  },
};
