/** The six symbols of the native ABI (docs/native-abi.md), and the interface the rest of `src/ffi` sees of them. */
import { dlopen } from "bun:ffi";

/** The ABI version this side is written to. */
export const ABI_VERSION = 1;

/** What `recv` answers for an unknown or closed handle: `i64::MIN`, which a double holds exactly. */
export const GONE = -(2 ** 63);

export interface NativeLibrary {
  readonly path: string;
  /** A handle (> 0), or the negative size of the error JSON, which is in `out` if it fits. */
  open(config: Uint8Array, out: Uint8Array): number;
  /** 0 queued, -1 unknown handle, -2 bad bytes, -3 queue full, -4 not a request that can be answered. */
  send(handle: number, message: Uint8Array): number;
  /** Size of the message now in `buffer`; 0 none within the timeout; negative: the size it needs; `GONE`. */
  recv(handle: number, buffer: Uint8Array, timeoutMs: number): number;
  /** 0 done, -1 unknown handle. Stops what is running, so it can block. */
  close(handle: number): number;
  /**
   * Yields whenever messages wait, ends when the handle is closed; waiting costs nothing. `undefined` for an unknown
   * handle. One reader.
   */
  wakes(handle: number): ReadableStream<Uint8Array> | undefined;
}

const abiSymbol = { ps_abi_version: { args: [], returns: "u32" } } as const;

const allSymbols = {
  ...abiSymbol,
  ps_open: { args: ["ptr", "u64", "ptr", "u64"], returns: "i64" },
  ps_send: { args: ["i64", "ptr", "u64"], returns: "i32" },
  ps_recv: { args: ["i64", "ptr", "u64", "u32"], returns: "i64" },
  ps_close: { args: ["i64"], returns: "i32" },
  ps_wake_fd: { args: ["i64"], returns: "i32" },
} as const;

/** The raw functions, pointers and all. */
export function bindSymbols(path: string) {
  return dlopen(path, allSymbols).symbols;
}

/**
 * The library's ABI version, asked before any other symbol is looked up.
 * @throws what the loader says, for a missing file, one that is no library, or a library without the symbol
 */
export function readAbiVersion(path: string): number {
  return dlopen(path, abiSymbol).symbols.ps_abi_version();
}

/** @throws what the loader says */
export function bindLibrary(path: string): NativeLibrary {
  const native = bindSymbols(path);
  return {
    path,
    open: (config, out) => Number(native.ps_open(config, config.byteLength, out, out.byteLength)),
    send: (handle, message) => native.ps_send(handle, message, message.byteLength),
    recv: (handle, buffer, timeoutMs) => Number(native.ps_recv(handle, buffer, buffer.byteLength, timeoutMs)),
    close: (handle) => native.ps_close(handle),
    wakes(handle) {
      const fd = native.ps_wake_fd(handle);
      // Bun reads a duplicate of the descriptor, through epoll or kqueue, and closes that one itself: the library's
      // own stays the library's, so neither side can close a number the other still uses.
      return fd < 0 ? undefined : Bun.file(fd).stream();
    },
  };
}
