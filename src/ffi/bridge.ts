/**
 * One handle of the native library: requests out, replies back by id, notifications to a handler. Waits on the
 * handle's wake pipe, so an idle bridge costs nothing; no native thread ever calls into JavaScript.
 */
import { configBytes } from "./config.ts";
import { FfiError } from "./errors.ts";
import { parseMessage, parseOpenFailure } from "./messages.ts";
import { secretHider } from "./redact.ts";
import { GONE, type NativeLibrary } from "./symbols.ts";

export interface Bridge {
  /**
   * Sends one request and resolves to its unparsed `result`.
   * @throws FfiError the table of errors.ts; `deadline` when neither a reply nor the native deadline's error came in
   *   time (the request may still take effect); `node_not_running` once the handle is closed
   */
  request(method: string, params?: object, deadlineMs?: number): Promise<unknown>;
  /** Rejects what is pending and closes the handle. Safe to call twice. */
  close(): Promise<void>;
}

export interface BridgeHandler {
  notify(method: string, params: unknown): void;
  /** The library can no longer be relied on; called once, not for a close from this side. */
  fail(error: FfiError): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: FfiError): void;
  timer: ReturnType<typeof setTimeout>;
}

export const DEFAULT_DEADLINE_MS = 60_000;
/** How much longer this side waits, so that the native deadline's own error is the one that is seen. */
const DEADLINE_MARGIN_MS = 2_000;
const MAX_REQUEST_BYTES = 1 << 20;
/** No snapshot comes near it; what does is a fault. */
const MAX_MESSAGE_BYTES = 1 << 28;
const MAX_PENDING = 4_096;
/** After so many messages in a row timers, input and drawing get their turn. */
const MESSAGES_PER_TURN = 64;

const sendFailures: Readonly<Record<number, (method: string) => FfiError>> = {
  [-1]: (method) => new FfiError("node_not_running", `${method}: the node's handle is closed; open the node again`),
  [-2]: (method) => new FfiError("bad_argument", `${method}: the request is too large or not UTF-8; shorten it`),
  [-3]: (method) => new FfiError("native_failure", `${method}: 1,024 requests are waiting already; try again later`),
  [-4]: (method) => new FfiError("native_protocol", `${method}: the native library could not read the request`),
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FfiError("native_protocol", `the native library sent ${bytes.byteLength} bytes that are not UTF-8`, {
      cause,
    });
  }
}

function toError(error: unknown): FfiError {
  return error instanceof FfiError ? error : new FfiError("internal", String(error), { cause: error });
}

/** @throws FfiError what `ps_open` refused with */
function openHandle(library: NativeLibrary, config: string, seed: Uint8Array | undefined): number {
  const bytes = configBytes(config, seed);
  try {
    return openWith(library, bytes, secretHider(config));
  } finally {
    bytes.fill(0);
  }
}

function openWith(library: NativeLibrary, bytes: Uint8Array, hide: (text: string) => string): number {
  let out = new Uint8Array(4_096);
  for (;;) {
    const opened = library.open(bytes, out);
    if (opened > 0) return opened;
    const size = -opened;
    if (size === 0 || size > MAX_REQUEST_BYTES)
      throw new FfiError("native_protocol", `the native library's ps_open answered ${opened}`);
    if (size <= out.byteLength) throw parseOpenFailure(decode(out.subarray(0, size)), hide);
    out = new Uint8Array(size);
  }
}

/** @param seed 64 bytes for a node's configuration without one, left as they are @throws FfiError what `ps_open` refused with */
export function openBridge(library: NativeLibrary, config: string, handler: BridgeHandler, seed?: Uint8Array): Bridge {
  const handle = openHandle(library, config, seed);
  const wakes = library.wakes(handle)?.getReader();
  if (wakes === undefined) {
    library.close(handle);
    throw new FfiError("native_protocol", `the native library has no wake pipe for the new handle ${handle}`);
  }
  const pending = new Map<number, Pending>();
  let buffer = new Uint8Array(65_536);
  let lastId = 0;
  let closed = false;
  let failure: FfiError | undefined;

  function settle(id: number): Pending | undefined {
    const request = pending.get(id);
    if (request === undefined) return undefined; // late: its deadline has passed
    clearTimeout(request.timer);
    pending.delete(id);
    return request;
  }

  function rejectAll(error: FfiError): void {
    for (const id of [...pending.keys()]) settle(id)?.reject(error);
  }

  function fail(error: FfiError): void {
    if (closed || failure !== undefined) return;
    failure = error;
    rejectAll(error);
    handler.fail(error);
  }

  /** The next message, or nothing when none waits. */
  function take(): string | undefined {
    for (;;) {
      const size = library.recv(handle, buffer, 0);
      if (size === 0) return undefined;
      if (size === GONE) throw new FfiError("node_not_running", "the node's handle was closed; open the node again");
      if (Math.abs(size) > MAX_MESSAGE_BYTES)
        throw new FfiError("native_protocol", `the native library announced a message of ${Math.abs(size)} bytes`);
      if (size > 0) return decode(buffer.subarray(0, size));
      buffer = new Uint8Array(-size);
    }
  }

  function dispatch(text: string): void {
    const message = parseMessage(text);
    switch (message.type) {
      case "result":
        settle(message.id)?.resolve(message.result);
        return;
      case "error":
        settle(message.id)?.reject(message.error);
        return;
      case "broken":
        if (message.id === undefined) fail(message.error);
        else settle(message.id)?.reject(message.error);
        return;
      case "notification":
        if (message.method === "fatal") fail(fatalError(message.params));
        else handler.notify(message.method, message.params);
    }
  }

  async function drain(): Promise<void> {
    for (let taken = 1; !closed; taken += 1) {
      const text = take();
      if (text === undefined) return;
      dispatch(text);
      if (taken % MESSAGES_PER_TURN === 0) await new Promise((next) => setImmediate(next));
    }
  }

  async function receive(reader: NonNullable<typeof wakes>): Promise<void> {
    for (;;) {
      const { done } = await reader.read();
      if (closed) return;
      await drain();
      if (done && !closed) throw new FfiError("native_protocol", `the native library gave up handle ${handle}`);
      if (done) return;
    }
  }

  const receiving = receive(wakes).catch((error: unknown) => fail(toError(error)));

  return {
    async request(method, params = {}, deadlineMs = DEFAULT_DEADLINE_MS) {
      if (closed) throw new FfiError("node_not_running", `${method}: the node is closed; open it again`);
      if (failure !== undefined) throw failure;
      if (pending.size >= MAX_PENDING)
        throw new FfiError("native_failure", `${method}: ${MAX_PENDING} requests are unanswered; try again later`);
      lastId += 1;
      const id = lastId;
      const bytes = encoder.encode(JSON.stringify({ jsonrpc: "2.0", id, method, params, deadline_ms: deadlineMs }));
      if (bytes.byteLength > MAX_REQUEST_BYTES)
        throw new FfiError(
          "bad_argument",
          `${method}: a request of ${bytes.byteLength} bytes, 1 MiB is the most; shorten it`,
        );
      const sent = library.send(handle, bytes);
      if (sent !== 0)
        throw sendFailures[sent]?.(method) ?? new FfiError("native_protocol", `${method}: ps_send answered ${sent}`);
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          pending.delete(id);
          reject(new FfiError("deadline", `${method}: no answer within ${deadlineMs} ms; it may still take effect`));
        };
        pending.set(id, { resolve, reject, timer: setTimeout(giveUp, deadlineMs + DEADLINE_MARGIN_MS) });
      });
    },
    async close() {
      if (!closed) {
        closed = true;
        rejectAll(new FfiError("node_not_running", "the node was closed before it answered"));
        // Nobody may read the pipe any more when the library closes its end of it.
        await wakes.cancel().catch(() => undefined); // it failed before; `fail` has told
        library.close(handle);
      }
      await receiving;
    },
  };
}

function fatalError(params: unknown): FfiError {
  const text = (name: string) => {
    const value = typeof params === "object" && params !== null ? Reflect.get(params, name) : undefined;
    return typeof value === "string" ? value : "unknown";
  };
  return new FfiError(
    "native_panic",
    `the native library met a bug in ${text("where")}: ${text("message")}; restart the program and report it`,
    { kind: "panic" },
  );
}
