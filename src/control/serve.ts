/** The control socket of a running role: 0600, in its data folder. */
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { reasonOf } from "../errors.ts";
import { type Attached, serveAttachment } from "./attachment.ts";
import { ControlError } from "./control-error.ts";
import { byShortPath } from "./socket-path.ts";

const MOST_ATTACHMENTS = 64;
const LEAVE_MS = 500;

export interface ControlSocket {
  attachments(): number;
  /** Says why to everybody, hangs up and removes the socket. */
  close(reason: string): Promise<void>;
}

/**
 * Call it only where the data folder's lock is held: a socket found there is what a killed process left behind.
 * @param onHungUp told why an attachment was let go
 * @throws ControlError `data_dir_unwritable`
 */
export async function serveControl(
  path: string,
  attached: Attached,
  onHungUp: (reason: string) => void,
): Promise<ControlSocket> {
  const hangUps = new Set<(reason: string) => void>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (hangUps.size >= MOST_ATTACHMENTS) {
      // Who does not stay for the word is no error of ours.
      socket.on("error", () => undefined);
      socket.end(`${JSON.stringify({ event: "bye", reason: `${MOST_ATTACHMENTS} are attached already` })}\n`);
      return;
    }
    const hangUp = serveAttachment(socket, attached, (reason) => {
      hangUps.delete(hangUp);
      if (reason !== undefined) onHungUp(reason);
    });
    hangUps.add(hangUp);
  });
  try {
    rmSync(path, { force: true });
    await byShortPath(path, (short) => {
      const listening = Promise.withResolvers<void>();
      // Later on it may fail to accept somebody: that one is not served, and nothing else ends.
      server.on("error", listening.reject);
      server.listen(short, () => listening.resolve());
      return listening.promise;
    });
    chmodSync(path, 0o600);
  } catch (cause) {
    const said = `The control socket ${path} cannot be made (${reasonOf(cause)})`;
    throw new ControlError("data_dir_unwritable", `${said}; name another folder with --data-dir.`, { cause });
  }
  return {
    attachments: () => hangUps.size,
    async close(reason) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const hangUp of [...hangUps]) hangUp(reason);
      rmSync(path, { force: true });
      // Somebody who neither reads nor leaves is not waited for.
      const { clock } = attached;
      await Promise.race([closed, new Promise<void>((resolve) => clock.after(LEAVE_MS, resolve))]);
    },
  };
}
