/**
 * Between LDK's Electrum client (electrum-client 0.24) and a server: each of its connections goes over a port of ours on
 * loopback, which does what that client does not.
 *
 * - Since protocol 1.4 a session begins with `server.version`. It never says so, and ElectrumX hangs up on whoever
 *   does not.
 * - A connection that ends in order leaves those of its threads that wait for another's reading waiting for ever; one
 *   that is reset wakes them all. So every end is a reset.
 * - LDK's connection for channels has no time limit: a server that fell silent without a word (a suspended machine, a
 *   forgotten entry in a router) would be waited for until the next start. So silence ends the connection.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../clock.ts";
import { AppError } from "./app-error.ts";
import { answersDue } from "./electrum-answers.ts";
import { type LoopbackRelay, openLoopbackRelay } from "./loopback-relay.ts";

const HELLO = { id: "hello", method: "server.version", params: ["peer-stables", ["1.4", "1.4.3"]] };
const CONNECT_MS = 10_000;
const LONGEST_HELLO = 4_096;

/** @param url `tcp://` or `ssl://`, host and port @throws AppError `bad_config` */
export async function openElectrumRelay(url: string, clock: Clock): Promise<LoopbackRelay> {
  return openLoopbackRelay(connectorOf(url), ({ client, upstream, fail, well }) => {
    const inTime = clock.after(CONNECT_MS, () => fail(`no answer within ${CONNECT_MS / 1000} s`));
    const due = answersDue(clock, () => fail("it fell silent"));
    greeted(upstream, (refusal, rest) => {
      inTime();
      if (refusal !== undefined) return fail(refusal);
      well();
      client.write(rest);
      client.on("data", (bytes) => {
        due.asked(Buffer.from(bytes));
        upstream.write(bytes);
      });
      // An answer of the protocol is a megabyte at most, and no side asks without reading.
      upstream.on("data", (bytes) => {
        if (!due.heard(Buffer.from(bytes))) return fail("it answers with more than it should");
        client.write(bytes);
      });
    });
    return () => {
      inTime();
      due.end();
    };
  });
}

function connectorOf(url: string): () => Socket {
  const match = /^(tcp|ssl):\/\/(\[[^\]]+\]|[^\s/:]+):(\d{1,5})\/?$/.exec(url);
  if (match === null) {
    throw new AppError("bad_config", `The Electrum server ${url} needs the form tcp://HOST:PORT or ssl://HOST:PORT.`);
  }
  const [, kind, name = "", port] = match;
  const host = name.replace(/^\[|\]$/g, "");
  if (kind === "tcp") return () => connectTcp(Number(port), host);
  return () => connectTls({ host, port: Number(port), servername: host });
}

/** Says hello and hears the answer. @param done with a refusal, or with what came behind the answer already */
function greeted(upstream: Socket, done: (refusal: string | undefined, rest: Buffer) => void): void {
  let heard = Buffer.alloc(0);
  upstream.write(`${JSON.stringify(HELLO)}\n`);
  const hear = (bytes: Buffer | string) => {
    heard = Buffer.concat([heard, Buffer.from(bytes)]);
    const end = heard.indexOf(10);
    if (end < 0 && heard.length <= LONGEST_HELLO) return;
    upstream.off("data", hear);
    done(refusalIn(heard.subarray(0, Math.max(end, 0)).toString()), heard.subarray(end + 1));
  };
  upstream.on("data", hear);
}

function refusalIn(line: string): string | undefined {
  try {
    const { result, error } = JSON.parse(line);
    if (Array.isArray(result)) return undefined;
    return `it refuses a client of protocol 1.4: ${JSON.stringify(error ?? result)}`;
  } catch {
    return "it does not speak the Electrum protocol";
  }
}
