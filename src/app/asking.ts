/** Questions in a terminal. Secrets are not echoed, and words stand on a page of their own that leaves no trace. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

export interface Asking {
  say(text: string): void;
  /** @throws LeftError when the person leaves with ctrl-c or ctrl-d */
  line(question: string): Promise<string>;
  /** As `line`, without echo. */
  secret(question: string): Promise<string>;
  /** Whatever is said and typed meanwhile is gone from the screen afterwards, and from what can be scrolled back to. */
  page<T>(work: () => Promise<T>): Promise<T>;
}

/** The person left: nothing is wrong, and nothing was done. */
export class LeftError extends Error {}

const ENTER_PAGE = "\u001b[?1049h\u001b[2J\u001b[H";
const LEAVE_PAGE = "\u001b[2J\u001b[?1049l";

export function terminalAsking(): Asking {
  const { stdin, stdout } = process;
  async function ask(question: string, echo: boolean): Promise<string> {
    stdout.write(question);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: stdin, output: echo ? stdout : silent, terminal: true, historySize: 0 });
    const left = new AbortController();
    reader.on("close", () => left.abort());
    reader.on("SIGINT", () => reader.close());
    try {
      // The question is drawn again by readline when a line is edited, so it gets it as its prompt.
      const answer = await reader.question(echo ? `\r${question}` : "", { signal: left.signal });
      if (!echo) stdout.write("\n");
      return answer;
    } catch (error) {
      stdout.write("\n");
      throw left.signal.aborted ? new LeftError() : error;
    } finally {
      reader.close();
    }
  }
  return {
    say: (text) => void stdout.write(`${text}\n`),
    line: (question) => ask(question, true),
    secret: (question) => ask(question, false),
    async page(work) {
      stdout.write(ENTER_PAGE);
      try {
        return await work();
      } finally {
        stdout.write(LEAVE_PAGE);
      }
    },
  };
}

/** The exit code of whoever leaves at a question. */
export const LEFT = 130;

/** Whether there is somebody to ask. */
export const interactive = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/** To leave at a question is no error. */
export async function unlessLeft<T>(work: Promise<T>): Promise<T | typeof LEFT> {
  return work.catch((error: unknown) => {
    if (error instanceof LeftError) return LEFT;
    throw error;
  });
}
