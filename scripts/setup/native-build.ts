/** Builds native/ with cargo and shows how far it is; the whole of cargo's output goes to a log. */
import { createWriteStream, existsSync, mkdirSync, readFileSync, type WriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { type BuildState, elapsedText, progressText, readCargo, startState } from "./build-progress.ts";
import { markNativeBuilt, type NativePaths, sourceDigest } from "./native-stamp.ts";
import { SetupError } from "./setup-error.ts";
import { checkToolchain, minimumRust, thisMachine } from "./toolchain.ts";

type Environment = Record<string, string | undefined>;

const REDRAW_MS = 200;
const LINE_MS = 15_000;
const TAIL_LINES = 30;
const CLEAR_LINE = "\r\u001b[2K";

/** One line that updates on a terminal; elsewhere a line now and then, and whenever the phase changes. */
function showProgress(current: () => BuildState): { elapsedMs: () => number; stop: () => void } {
  const screen = process.stderr;
  const start = performance.now();
  const elapsedMs = (): number => performance.now() - start;
  const draw = (): void => {
    const text = progressText(current(), elapsedMs());
    screen.write(screen.isTTY ? CLEAR_LINE + text.slice(0, Math.max(20, screen.columns - 1)) : `${text}\n`);
  };
  const timer = setInterval(draw, screen.isTTY ? REDRAW_MS : LINE_MS);
  return {
    elapsedMs,
    stop() {
      clearInterval(timer);
      if (screen.isTTY) screen.write(CLEAR_LINE);
    },
  };
}

/** Reads cargo's standard error to its end; returns its last lines of text, oldest first. */
async function follow(output: ReadableStream<Uint8Array>, log: WriteStream, onState: (state: BuildState) => void) {
  const tail: string[] = [];
  const decoder = new TextDecoder();
  let state = startState;
  let rest = "";
  const take = (piece: string): void => {
    const reading = readCargo(piece, state);
    if (reading.kind === "state") {
      state = reading.state;
      onState(state);
    } else if (piece.trim() !== "") {
      log.write(`${piece}\n`);
      tail.push(piece);
      if (tail.length > TAIL_LINES) tail.shift();
    }
  };
  for await (const chunk of output) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
    rest = pieces.pop() ?? "";
    for (const piece of pieces) take(piece);
  }
  take(rest);
  return tail;
}

function cargoEnvironment(environment: Environment, path: string): Environment {
  return {
    ...environment,
    PATH: path,
    CARGO_TERM_COLOR: "never",
    CARGO_TERM_PROGRESS_WHEN: "always",
    CARGO_TERM_PROGRESS_WIDTH: "120",
    // Another target would put the library into another folder.
    CARGO_BUILD_TARGET: undefined,
  };
}

/** @throws SetupError when the toolchain is missing or too old, or when the build fails */
export async function buildNativeLibrary(paths: NativePaths, environment: Environment): Promise<void> {
  const minimum = minimumRust(readFileSync(join(paths.folder, "Cargo.toml"), "utf8"));
  const path = checkToolchain(thisMachine(environment), minimum);
  const digest = sourceDigest(paths);
  const first = !existsSync(join(paths.target, "release", "deps"));
  process.stderr.write(
    first
      ? "building the native library, once: about 6 minutes on two cores\n"
      : "the native library's sources have changed: building what is affected\n",
  );

  mkdirSync(dirname(paths.log), { recursive: true });
  const log = createWriteStream(paths.log);
  let state = startState;
  const progress = showProgress(() => state);
  const cargo = Bun.spawn(["cargo", "build", "--release", "--locked", "--lib", "--target-dir", paths.target], {
    cwd: paths.folder,
    env: cargoEnvironment(environment, path),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stopCargo = (): void => {
    cargo.kill();
    process.exit(143);
  };
  process.once("SIGTERM", stopCargo);
  try {
    const tail = await follow(cargo.stderr, log, (now) => {
      state = now;
    });
    const exitCode = await cargo.exited;
    progress.stop();
    if (exitCode !== 0) throw new SetupError(failure(tail, paths.log, exitCode));
    if (!existsSync(paths.library))
      throw new SetupError(`cargo built no ${paths.library}; its output is in ${paths.log}.`);
  } finally {
    progress.stop();
    process.off("SIGTERM", stopCargo);
    log.end();
  }
  markNativeBuilt(paths, digest);
  process.stderr.write(`native library built in ${elapsedText(progress.elapsedMs())}\n`);
}

function failure(tail: string[], log: string, exitCode: number): string {
  return [
    ...tail,
    "",
    `The native library could not be built (cargo ended with ${exitCode}). Its last lines are above, all of it is in ${log}.`,
    "Run the same command again once the cause is gone; what was built already is kept.",
  ].join("\n");
}
