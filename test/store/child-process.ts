/** Starts a script of this directory as a process of its own and reads what it says line by line. */
import { join } from "node:path";

export interface Child {
  /** The next line, or nothing once it said all. */
  line(): Promise<string | undefined>;
  /** All lines that are left, once it ended. */
  rest(): Promise<string[]>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Closes its standard input and waits for its end. */
  release(): Promise<void>;
}

export function startChild(script: string, args: readonly string[], wrap: readonly string[] = []): Child {
  const process = Bun.spawn([...wrap, globalThis.process.execPath, join(import.meta.dir, script), ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = linesOf(process.stdout);
  const line = async (): Promise<string | undefined> => (await lines.next()).value;
  return {
    line,
    rest: async () => {
      const all: string[] = [];
      for (let next = await line(); next !== undefined; next = await line()) all.push(next);
      await process.exited;
      return all;
    },
    kill: async () => {
      process.kill("SIGKILL");
      await process.exited;
    },
    release: async () => {
      await process.stdin.end();
      await process.exited;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let partial = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (partial + decoder.decode(chunk, { stream: true })).split("\n");
    partial = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
