/** A Lightning node that only talks: handshake, `init`, pings, and one message type handed to its owner. */
import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { actSizes, frame, HEADER, publicKeyOf, respond, sizeOf } from "./bolt8.ts";

const INIT = 16;
const PING = 18;
const PONG = 19;
export const LSPS = 37_913;

/** Optional features without which LDK talks to no peer: static_remote_key before all (BOLT9). */
const FEATURES = [1, 9, 13, 15, 17, 23, 27, 45, 47, 51];

function initMessage(): Uint8Array {
  const bits = new Uint8Array(7);
  for (const bit of FEATURES) bits[6 - (bit >> 3)] = (bits[6 - (bit >> 3)] ?? 0) | (1 << (bit & 7));
  return Uint8Array.of(0, 0, 0, bits.length, ...bits);
}

export interface Connection {
  clientId: string;
  send(type: number, payload: Uint8Array): void;
  /** Not through the tunnel: what breaks it. */
  sendRaw(bytes: Uint8Array): void;
  close(): void;
}

export interface PeerScript {
  /** Where it falls silent for good; nowhere when left out. */
  silentAt?: "accept" | "act_three" | "init";
  onMessage(connection: Connection, type: number, payload: Uint8Array): void;
}

export interface TalkingPeer {
  nodeId: string;
  address: string;
  /** Open at the moment. */
  connections(): number;
  /** Resolves once none is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes of a socket in the portions that are asked for. */
function reader(socket: Socket) {
  let held = Buffer.alloc(0);
  let wake = () => {};
  let ended = false;
  socket.on("data", (chunk) => {
    held = Buffer.concat([held, Buffer.from(chunk)]);
    wake();
  });
  const end = () => {
    ended = true;
    wake();
  };
  socket.on("close", end);
  socket.on("error", end);
  return async (size: number): Promise<Uint8Array> => {
    while (held.length < size) {
      if (ended) throw new Error("closed");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const taken = held.subarray(0, size);
    held = held.subarray(size);
    return new Uint8Array(taken);
  };
}

async function serve(socket: Socket, secret: Uint8Array, script: PeerScript): Promise<void> {
  const read = reader(socket);
  if (script.silentAt === "accept") return;
  const handshake = respond({ secret, ephemeral: randomBytes(32) }, await read(actSizes[0]));
  socket.write(handshake.actTwo);
  const { peerId, sender, receiver } = handshake.finish(await read(actSizes[2]));
  if (script.silentAt === "act_three") return;
  const connection: Connection = {
    clientId: Buffer.from(peerId).toString("hex"),
    send(type, payload) {
      const message = new Uint8Array(2 + payload.length);
      new DataView(message.buffer).setUint16(0, type);
      message.set(payload, 2);
      if (!socket.destroyed) socket.write(frame(sender, message));
    },
    sendRaw: (bytes) => void socket.write(bytes),
    close: () => void socket.destroy(),
  };
  if (script.silentAt !== "init") connection.send(INIT, initMessage());
  for (;;) {
    const message = receiver.unseal(await read(sizeOf(receiver, await read(HEADER))));
    const view = new DataView(message.slice().buffer);
    const type = view.getUint16(0);
    if (type === PING && view.getUint16(2) < 65_532) {
      const pong = new Uint8Array(2 + view.getUint16(2));
      new DataView(pong.buffer).setUint16(0, view.getUint16(2));
      connection.send(PONG, pong);
    } else script.onMessage(connection, type, message.slice(2));
  }
}

export async function openPeer(script: PeerScript): Promise<TalkingPeer> {
  const secret = randomBytes(32);
  const sockets = new Set<Socket>();
  let whenQuiet = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) whenQuiet.resolve();
    });
    // A client that hangs up ends its conversation, and no other.
    serve(socket, secret, script).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    nodeId: Buffer.from(publicKeyOf(secret)).toString("hex"),
    address: `127.0.0.1:${address.port}`,
    connections: () => sockets.size,
    async quiet() {
      while (sockets.size > 0) {
        whenQuiet = Promise.withResolvers<void>();
        await whenQuiet.promise;
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
