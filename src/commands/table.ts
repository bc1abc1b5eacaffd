/** Every command there is. Scripts, one-shot use, the screen, help and completions read this and nothing else. */

import { channelCommands } from "./channels.ts";
import type { Command } from "./command.ts";
import { sessionCommands } from "./help.ts";
import { incomeCommands } from "./income.ts";
import { jitCommands } from "./jit.ts";
import { lightningCommands } from "./lightning.ts";
import { logCommands } from "./logs.ts";
import { marketCommands } from "./market.ts";
import { recordCommands } from "./records.ts";
import { reviseCommands } from "./revise.ts";
import { stableCommands } from "./stable.ts";
import { topUpCommands } from "./top-up.ts";
import { walletCommands } from "./wallet.ts";

export const commands: readonly Command[] = [
  ...walletCommands,
  ...channelCommands,
  ...lightningCommands,
  ...jitCommands,
  ...stableCommands,
  ...reviseCommands,
  ...topUpCommands,
  ...marketCommands,
  ...recordCommands,
  ...incomeCommands,
  ...logCommands,
  ...sessionCommands(() => commands),
];

/** By name or alias. */
export function findCommand(name: string): Command | undefined {
  return commands.find((command) => command.name === name || command.aliases.includes(name));
}
