/**
 * The service's end of one attachment. What it may cost is bounded: so many lines at once, so much that is not read
 * yet; beyond that nothing more is taken from it until it has caught up, and nobody else notices.
 */
import type { Socket } from "node:net";
import { resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { Call } from "../commands/command.ts";
import type { CommandContext } from "../commands/context.ts";
import { parseLine } from "../commands/parse.ts";
import type { JsonObject } from "../commands/view.ts";
import { reasonOf } from "../errors.ts";
import { failureOf } from "../script/run-script.ts";
import type { StageSession } from "../script/stage.ts";
import { lineReader } from "./lines.ts";
import { type Ask, askSchema, type Event, type Hello, LONGEST_ASK_BYTES } from "./protocol.ts";

const MOST_AT_ONCE = 16;
const MOST_UNREAD_BYTES = 1024 * 1024;
/** So long may somebody who is owed something read nothing of it. */
const HUNG_MS = 30_000;
/** No more often it is told that something changed. */
const CHANGED_MS = 100;

/** What is attached to: the one face of a role, and what all roles of its process share. */
export interface Attached {
  hello: Hello;
  session: StageSession;
  scenario(name: string): Promise<void>;
  clock: Clock;
}

/**
 * Serves one connection until it is closed from either end.
 * @param ended told once; with a reason where it was us who hung up
 * @returns the way to hang up, with a reason that is said before
 */
export function serveAttachment(
  socket: Socket,
  { hello, session, scenario, clock }: Attached,
  ended: (reason: string | undefined) => void,
): (reason: string) => void {
  const reader = lineReader(LONGEST_ASK_BYTES);
  const waiting: string[] = [];
  let running = 0;
  let over = false;
  let leaving = false;
  let dirty = false;
  let stopWatching: (() => void) | undefined;
  let cancelTelling: (() => void) | undefined;
  let cancelCheck: (() => void) | undefined;

  function say(message: Event | JsonObject): void {
    if (over) return;
    socket.write(`${JSON.stringify(message)}\n`);
    watchReading();
  }

  function watchReading(): void {
    if (over || cancelCheck !== undefined || socket.writableLength === 0) return;
    const read = socket.bytesWritten - socket.writableLength;
    cancelCheck = clock.after(HUNG_MS, () => {
      cancelCheck = undefined;
      if (socket.writableLength > 0 && socket.bytesWritten - socket.writableLength === read) {
        hangUp(`it read nothing for ${HUNG_MS / 1000} seconds`);
      } else watchReading();
    });
  }

  function end(reason: string | undefined): void {
    over = true;
    stopWatching?.();
    cancelTelling?.();
    cancelCheck?.();
    ended(reason);
  }

  function hangUp(reason: string): void {
    if (over) return;
    say({ event: "bye", reason });
    end(reason);
    // Nobody waits for the words to arrive where they are not read.
    if (socket.writableLength > 0) socket.destroy();
    else socket.end();
  }

  function next(): void {
    while (!over && running < MOST_AT_ONCE && socket.writableLength < MOST_UNREAD_BYTES) {
      const line = waiting.shift();
      if (line === undefined) break;
      answer(line);
    }
    if (waiting.length > 0) socket.pause();
    else socket.resume();
    // It asks nothing more, but what it asked is answered.
    if (leaving && running === 0 && waiting.length === 0 && !over) socket.end();
  }

  function answer(line: string): void {
    const ask = askSchema.safeParse(parsedJson(line));
    if (!ask.success) {
      hangUp(`it sent a line that is no request of ours: ${ask.error.issues[0]?.message ?? "another form"}`);
      return;
    }
    running++;
    const began = clock.steadyMs();
    void performed(ask.data)
      .then(
        (done) => ({ ok: true, ...done }),
        (error: unknown) => ({ ok: false, error: failureOf(error) }),
      )
      .then((reply) => {
        running--;
        say({ id: ask.data.id, ...reply, elapsed_ms: Math.round(clock.steadyMs() - began) });
        next();
      });
  }

  async function performed(ask: Ask): Promise<{ result: JsonObject; role?: string; command?: string }> {
    switch (ask.ask) {
      case "run": {
        const { command, call } = parseLine(ask.line, [hello.role]);
        const { result } = await session.run(ask.cwd === undefined ? call : callAt(ask.cwd, call));
        return { role: hello.role, command: command.name, result };
      }
      case "settled":
        return { result: await session.settled() };
      case "scenario":
        await scenario(ask.name);
        return { result: {} };
      case "watch":
        stopWatching ??= session.onChange(() => {
          dirty = true;
          tell();
        });
        return { result: {} };
    }
  }

  /** Somebody who has not read the last of it is told once it has. */
  function tell(): void {
    if (over || !dirty || cancelTelling !== undefined || socket.writableLength > 0) return;
    dirty = false;
    say({ event: "changed" });
    cancelTelling = clock.after(CHANGED_MS, () => {
      cancelTelling = undefined;
      tell();
    });
  }

  socket.on("data", (bytes) => {
    try {
      waiting.push(...reader.take(bytes));
      next();
    } catch (error) {
      hangUp(reasonOf(error));
    }
  });
  socket.on("drain", () => {
    next();
    tell();
  });
  socket.on("end", () => {
    leaving = true;
    next();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (!over) end(undefined);
  });
  say(hello);
  return hangUp;
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A file that is named in the line lies where whoever typed it is. */
function callAt(cwd: string, call: Call<CommandContext>): Call<CommandContext> {
  return {
    ...call,
    run: (context) =>
      call.run({
        ...context,
        saveEvidence: (id, file) => context.saveEvidence(id, resolve(cwd, file)),
        saveBackup: (target) => context.saveBackup(resolve(cwd, target)),
      }),
  };
}
