/** Call tracing for `PEER_STABLES_FFI_TRACE=FILE`: one JSON line a call, secrets left out. */
import { openSync, writeSync } from "node:fs";
import { FfiError } from "./errors.ts";
import { redactText } from "./redact.ts";
import type { NativeLibrary } from "./symbols.ts";

const decoder = new TextDecoder();

/**
 * The same library with every call written to `file` (appended, mode 0600). Calls of `recv` that found nothing are
 * left out.
 * @throws FfiError `bad_config` when the file cannot be opened
 */
export function traceLibrary(library: NativeLibrary, file: string): NativeLibrary {
  let fd: number;
  try {
    fd = openSync(file, "a", 0o600);
  } catch (cause) {
    throw new FfiError("bad_config", `PEER_STABLES_FFI_TRACE names ${file}, which cannot be written; choose another`, {
      cause,
    });
  }
  const started = performance.now();
  const write = (call: string, handle: number, result: number, bytes?: Uint8Array) => {
    const line = {
      ms: Number((performance.now() - started).toFixed(3)),
      call,
      handle,
      result,
      ...(bytes && { text: redactText(decoder.decode(bytes)) }),
    };
    writeSync(fd, `${JSON.stringify(line)}\n`);
  };
  return {
    path: library.path,
    open(config, out) {
      const result = library.open(config, out);
      write("open", result, result, config);
      if (result < 0 && -result <= out.byteLength) write("open", result, result, out.subarray(0, -result));
      return result;
    },
    send(handle, message) {
      const result = library.send(handle, message);
      write("send", handle, result, message);
      return result;
    },
    recv(handle, buffer, timeoutMs) {
      const result = library.recv(handle, buffer, timeoutMs);
      if (result > 0) write("recv", handle, result, buffer.subarray(0, result));
      else if (result < 0) write("recv", handle, result);
      return result;
    },
    close(handle) {
      const result = library.close(handle);
      write("close", handle, result);
      return result;
    },
    wakes: (handle) => library.wakes(handle),
  };
}
