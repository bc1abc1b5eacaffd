#!/usr/bin/env bun
/** argv -> mode -> exit code. */
import { lastWords } from "./app/crash.ts";
import { flushed } from "./app/headless.ts";
import { run } from "./app/run.ts";

process.umask(0o077);

const argv = process.argv.slice(2);
const code = await run(argv, process.env).catch((error: unknown) =>
  lastWords(error, { argv, write: (line) => process.stderr.write(`${line}\n`) }),
);
await flushed();
process.exit(code);
