/** The six exports in memory, with the contract's rules for buffers, queues and wake-ups, and whatever answers a test wants. */
import { z } from "zod";
import { GONE, type NativeLibrary } from "../../src/ffi/symbols.ts";

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.int().min(0),
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
  deadline_ms: z.int().min(1),
});
export type FakeRequest = z.infer<typeof requestSchema>;

export interface FakeLibrary extends NativeLibrary {
  readonly requests: FakeRequest[];
  readonly opened: unknown[];
  isOpen(): boolean;
  /** Queues bytes as they are for the only handle. */
  emit(message: string | Uint8Array): void;
  reply(id: number, result: unknown): void;
  refuse(id: number, kind: string, message: string, detail?: string): void;
  notify(method: string, params: unknown): void;
  /** Ends the handle behind the bridge's back. */
  lose(): void;
}

export interface FakeOptions {
  /** Called for each request; may call `reply` and the like at once or later. */
  onRequest?(request: FakeRequest, library: FakeLibrary): void;
  /** What `ps_open` refuses with. */
  refuseOpen?: { kind: string; message: string; detail?: string };
  /** What `ps_send` answers. */
  sendResult?: number;
}

const HANDLE = 7;
const encoder = new TextEncoder();

export function fakeLibrary(options: FakeOptions = {}): FakeLibrary {
  const queue: Uint8Array[] = [];
  const requests: FakeRequest[] = [];
  const opened: unknown[] = [];
  let wake: ReadableStreamDefaultController<Uint8Array> | undefined;
  let open = false;

  const json = (value: unknown) => library.emit(JSON.stringify(value));
  const library: FakeLibrary = {
    path: "in memory",
    requests,
    opened,
    isOpen: () => open,
    open(config, out) {
      opened.push(JSON.parse(new TextDecoder().decode(config)));
      if (options.refuseOpen) {
        const error = encoder.encode(JSON.stringify({ error: options.refuseOpen }));
        if (error.byteLength <= out.byteLength) out.set(error);
        return -error.byteLength;
      }
      open = true;
      return HANDLE;
    },
    send(handle, message) {
      if (!open || handle !== HANDLE) return -1;
      if (options.sendResult !== undefined) return options.sendResult;
      const request = requestSchema.parse(JSON.parse(new TextDecoder().decode(message)));
      requests.push(request);
      options.onRequest?.(request, library);
      return 0;
    },
    recv(handle, buffer) {
      if (!open || handle !== HANDLE) return GONE;
      const message = queue[0];
      if (message === undefined) return 0;
      if (message.byteLength > buffer.byteLength) return -message.byteLength;
      buffer.set(message);
      queue.shift();
      return message.byteLength;
    },
    close(handle) {
      if (!open || handle !== HANDLE) return -1;
      open = false;
      queue.length = 0;
      return 0;
    },
    wakes: () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          wake = controller;
        },
      }),
    emit(message) {
      queue.push(typeof message === "string" ? encoder.encode(message) : message);
      if (queue.length === 1) wake?.enqueue(new Uint8Array([1]));
    },
    reply: (id, result) => json({ jsonrpc: "2.0", id, result }),
    refuse: (id, kind, message, detail) =>
      json({ jsonrpc: "2.0", id, error: { code: -32000, message, data: { kind, detail } } }),
    notify: (method, params) => json({ jsonrpc: "2.0", method, params }),
    lose() {
      open = false;
      wake?.close();
    },
  };
  return library;
}
