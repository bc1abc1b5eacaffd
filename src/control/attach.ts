/** The other end of a control socket: a running role's session, as if it ran here. */
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { type ErrorCode, errorTable, reasonOf } from "../errors.ts";
import type { StageSession } from "../script/stage.ts";
import { ControlError } from "./control-error.ts";
import { lineReader } from "./lines.ts";
import { type Hello, LONGEST_REPLY_BYTES, PROTOCOL, type Reply, type Said, saidSchema } from "./protocol.ts";
import { byShortPath } from "./socket-path.ts";

const HELLO_MS = 10_000;

const settledSchema = z.object({ settled: z.boolean(), detail: z.string() });

export interface Attachment {
  hello: Hello;
  session: StageSession;
  scenario(name: string): Promise<void>;
  /** Rejects with what every later call is answered with, once the service is gone; never resolves. */
  gone: Promise<never>;
  /** Whatever is still asked ends with `service_gone`; the service runs what it was told to its end. */
  close(): void;
}

/**
 * @returns undefined where nobody listens: there is no socket, or a killed process left it behind
 * @throws ControlError `deadline`, `service_protocol`, `service_gone`
 */
export async function attachTo(path: string, clock: Clock): Promise<Attachment | undefined> {
  if (!existsSync(path)) return undefined;
  const socket = await byShortPath(path, connected);
  if (socket === undefined) return undefined;
  const line = openLine(socket);
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(HELLO_MS, () => {
    const said = `Whoever has ${path} open does not answer within ${HELLO_MS / 1000} s`;
    late.reject(new ControlError("deadline", `${said}; see whether that process still runs as it should.`));
  });
  try {
    const hello = await Promise.race([line.hello, late.promise, line.gone]);
    if (hello.protocol !== PROTOCOL) throw otherProtocol(hello);
    return { hello, ...faceOf(line), gone: line.gone, close: line.close };
  } catch (error) {
    line.close();
    throw error;
  } finally {
    cancel();
  }
}

/** A refused connection is a socket without a process; there may be none at all by now as well. */
function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => {
      const code = "code" in error ? error.code : undefined;
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(undefined);
      else
        reject(
          new ControlError("peer_unreachable", `The control socket ${path}: ${reasonOf(error)}.`, { cause: error }),
        );
    });
  });
}

function otherProtocol({ version, role, protocol }: Hello): ControlError {
  const said = `The running ${role} is of version ${version} and speaks protocol ${protocol}, not ${PROTOCOL}`;
  return new ControlError("service_protocol", `${said}; restart it, or use its version here.`);
}

type Asked =
  | { ask: "run"; line: string; cwd: string }
  | { ask: "settled" | "watch" }
  | { ask: "scenario"; name: string };

interface Line {
  hello: Promise<Hello>;
  gone: Promise<never>;
  ask(asked: Asked): Promise<Extract<Reply, { ok: true }>["result"]>;
  listeners: Set<() => void>;
  close(): void;
}

function openLine(socket: Socket): Line {
  const reader = lineReader(LONGEST_REPLY_BYTES);
  const listeners = new Set<() => void>();
  const open = new Map<number, { resolve(reply: Reply): void; reject(error: unknown): void }>();
  const greeted = Promise.withResolvers<Hello>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  let lost: ControlError | undefined;
  let who = "The service";
  let nextId = 1;

  /** From now on this is the answer to every question, those that are open first. */
  function end(error: ControlError): void {
    lost = error;
    for (const { reject } of open.values()) reject(error);
    open.clear();
    socket.destroy();
  }

  /** @param why without its full stop */
  function lose(why: string): void {
    if (lost !== undefined) return;
    const error = new ControlError("service_gone", `${who} ${why}.`);
    gone.reject(error);
    end(error);
  }

  function hear(said: Said): void {
    if ("event" in said) {
      if (said.event === "changed") for (const listener of [...listeners]) listener();
      if (said.event === "bye") lose(`has hung up: ${said.reason}`);
      if (said.event === "hello") {
        who = `The ${said.role} service (process ${said.pid})`;
        greeted.resolve(said);
      }
      return;
    }
    open.get(said.id)?.resolve(said);
    open.delete(said.id);
  }

  socket.on("data", (bytes) => {
    try {
      for (const line of reader.take(bytes)) hear(saidSchema.parse(JSON.parse(line)));
    } catch (error) {
      lose(`sent what can't be read (${reasonOf(error)})`);
    }
  });
  socket.on("error", () => undefined);
  socket.on("close", () => lose("is gone; start it again, or see its log"));

  return {
    hello: greeted.promise,
    gone: gone.promise,
    listeners,
    async ask(asked) {
      if (lost !== undefined) throw lost;
      const id = nextId++;
      const reply = new Promise<Reply>((resolve, reject) => open.set(id, { resolve, reject }));
      socket.write(`${JSON.stringify({ id, ...asked })}\n`);
      const answer = await reply;
      if (answer.ok) return answer.result;
      throw new ControlError(knownCode(answer.error.code), answer.error.message);
    },
    close() {
      if (lost === undefined)
        end(new ControlError("service_gone", "The attachment was closed; attach again to ask more."));
    },
  };
}

function knownCode(code: string): ErrorCode {
  const isKnown = (text: string): text is ErrorCode => Object.hasOwn(errorTable, text);
  return isKnown(code) ? code : "internal";
}

function faceOf({ ask, listeners }: Line): Pick<Attachment, "session" | "scenario"> {
  let watching = false;
  return {
    session: {
      run: async (call) => call.outcomeOf(await ask({ ask: "run", line: call.text, cwd: process.cwd() })),
      async settled() {
        return settledSchema.parse(await ask({ ask: "settled" }));
      },
      onChange(listener) {
        // Lost, every later call says so.
        if (!watching) ask({ ask: "watch" }).catch(() => undefined);
        watching = true;
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    async scenario(name) {
      await ask({ ask: "scenario", name });
    },
  };
}
