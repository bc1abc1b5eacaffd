/** A port of ours on loopback, each of whose connections goes on to a server elsewhere. */
import { createServer, type Socket } from "node:net";
import { reasonOf } from "../errors.ts";

/** One connection: ours to the client, ours to the server. */
export interface Link {
  client: Socket;
  upstream: Socket;
  /** Hangs up on both. @param why said of the last connection from then on */
  fail(why: string): void;
  /** The server is well: what was said of earlier connections holds no more. */
  well(): void;
}

export interface LoopbackRelay {
  port: number;
  /** Why the last connection failed, if it did. */
  trouble(): string | undefined;
  close(): void;
}

/**
 * Whatever ends a connection, the client's is reset: one that ends in order leaves LDK's clients waiting in places.
 * @param serve told of each connection; returns what to do once it is over
 */
export async function openLoopbackRelay(
  connect: () => Socket,
  serve: (link: Link) => () => void,
): Promise<LoopbackRelay> {
  const open = new Set<Socket>();
  let trouble: string | undefined;

  const server = createServer((client) => {
    const upstream = connect();
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => undefined);
    }
    const fail = (why: string) => {
      trouble = why;
      upstream.destroy();
    };
    const over = serve({
      client,
      upstream,
      fail,
      well: () => {
        trouble = undefined;
      },
    });
    upstream.on("error", (error) => fail(reasonOf(error)));
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => {
      over();
      client.resetAndDestroy();
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    port,
    trouble: () => trouble,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
