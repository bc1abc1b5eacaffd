/** `bun run build`: dist/peer-stables, one file that needs neither Bun nor Node nor Rust. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildExecutable } from "./build/executable.ts";
import { nativePaths } from "./setup/native-stamp.ts";

const root = dirname(import.meta.dir);
const outfile = join(root, "dist", "peer-stables");
mkdirSync(dirname(outfile), { recursive: true });
const library = process.env["PEER_STABLES_LIBRARY"] ?? nativePaths(root, process.platform).library;
await buildExecutable({ root, library, outfile });
process.stdout.write(`${outfile}: ${Math.round(statSync(outfile).size / 1e6)} MB\n`);
