/** Whether a running role lets others attach to it. */
import { connect } from "node:net";
import { byShortPath, socketPath } from "../control/socket-path.ts";
import { reasonOf } from "../errors.ts";
import { type Check, type Finding, ok, type RoleData, skip, warn } from "./check.ts";

/** Undefined once connected, else why not. */
function connects(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (reason: string | undefined) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end(undefined));
    socket.once("error", (error) => end(reasonOf(error)));
  });
}

async function controlFinding({ role, folder }: RoleData): Promise<Finding> {
  const path = socketPath(folder);
  const reason = await byShortPath(path, connects);
  if (reason === undefined) return ok(`${role}: ${path} answers`);
  const remedy = "nobody can attach; if it was started by a script this is as it should be, else restart it";
  return warn(`${role}: ${path} does not answer (${reason})`, remedy);
}

export const controlCheck: Check = {
  name: "control socket",
  summary: "a running role can be attached to",
  async run({ roles }) {
    const running = roles.filter(({ pid }) => pid !== undefined);
    return running.length === 0 ? [skip("no role runs")] : Promise.all(running.map(controlFinding));
  },
};
