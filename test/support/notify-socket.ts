/** The socket of a service manager, as `NOTIFY_SOCKET` names it: Bun has none of its kind, so the system's are called. */
import { dlopen, ptr } from "bun:ffi";

const mac = process.platform === "darwin";
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = mac ? 0x80 : 0x40;
const LONGEST_STATE = 4_096;

const { symbols: libc } = dlopen(mac ? "libSystem.B.dylib" : "libc.so.6", {
  socket: { args: ["int", "int", "int"], returns: "int" },
  bind: { args: ["int", "ptr", "u32"], returns: "int" },
  recv: { args: ["int", "ptr", "usize", "int"], returns: "i64" },
  close: { args: ["int"], returns: "int" },
});

export interface NotifySocket {
  /** All that was told so far, a datagram each. */
  told(): readonly string[];
  close(): void;
}

/** @param path at most 100 bytes long */
export function notifySocket(path: string): NotifySocket {
  const name = Buffer.from(`${path}\0`);
  const family = mac ? [name.length + 2, AF_UNIX] : [AF_UNIX, 0];
  const address = Buffer.concat([Buffer.from(family), name]);
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (socket < 0 || libc.bind(socket, ptr(address), address.length) !== 0) throw new Error(`nothing binds ${path}`);
  const datagrams: string[] = [];
  const buffer = new Uint8Array(LONGEST_STATE);
  const decoder = new TextDecoder();

  function take(): number {
    return Number(libc.recv(socket, ptr(buffer), buffer.length, MSG_DONTWAIT));
  }

  return {
    told() {
      for (let size = take(); size >= 0; size = take()) datagrams.push(decoder.decode(buffer.subarray(0, size)));
      return datagrams;
    },
    close: () => void libc.close(socket),
  };
}
