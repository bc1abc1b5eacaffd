/** A running service's commands, asked over its control socket without a process for each. */
import { systemClock } from "../../src/clock.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { attachTo } from "../../src/control/attach.ts";
import { socketPath } from "../../src/control/socket-path.ts";
import type { Role } from "../../src/node/port.ts";
import type { Services } from "./services.ts";

export interface Attached {
  /** @throws ControlError of the command */
  run(line: string): Promise<Record<string, unknown>>;
  close(): void;
}

export async function attachedTo(all: Services, role: Role): Promise<Attached> {
  const attachment = await attachTo(socketPath(all.folder(role)), systemClock());
  if (attachment === undefined) throw new Error(`no ${role} runs that could be attached to`);
  const { session, close } = attachment;
  return { run: async (line) => (await session.run(parseLine(line, [role]).call)).result, close };
}
