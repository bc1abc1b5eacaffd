/** Every command there is. Scripts, one-shot use, the screen, help and completions read this and nothing else. */

import { backupCommands } from "./backup.ts";
import { carryOverCommands } from "./carry-over.ts";
import { channelCommands } from "./channels.ts";
import type { Command } from "./command.ts";
import { sessionCommands } from "./help.ts";
import { incomeCommands } from "./income.ts";
import { jitCommands } from "./jit.ts";
import { lightningCommands } from "./lightning.ts";
import { logCommands } from "./logs.ts";
import { lspPolicyCommands } from "./lsp-policy.ts";
import { lsps1Commands } from "./lsps1.ts";
import { lsps2Commands } from "./lsps2.ts";
import { marketCommands } from "./market.ts";
import { payoutCommands } from "./payouts.ts";
import { recordCommands } from "./records.ts";
import { reviseCommands } from "./revise.ts";
import { settlementCommands } from "./settlements.ts";
import { stableCommands } from "./stable.ts";
import { topUpCommands } from "./top-up.ts";
import { walletCommands } from "./wallet.ts";
import { wishCommands } from "./wishes.ts";

export const commands: readonly Command[] = [
  ...walletCommands,
  ...channelCommands,
  ...lightningCommands,
  ...jitCommands,
  ...lsps1Commands,
  ...lsps2Commands,
  ...lspPolicyCommands,
  ...stableCommands,
  ...wishCommands,
  ...reviseCommands,
  ...topUpCommands,
  ...carryOverCommands,
  ...settlementCommands,
  ...marketCommands,
  ...recordCommands,
  ...incomeCommands,
  ...logCommands,
  ...backupCommands,
  ...payoutCommands,
  ...sessionCommands(() => commands),
];

const byName: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => [command.name, ...command.aliases].map((name) => [name, command] as const)),
);

/** By name or alias. */
export function findCommand(name: string): Command | undefined {
  return byName.get(name);
}

/** The command that a line's first words name, lower case: `lsps2 quote` rather than `lsps2`; and how many of them. */
export function commandAt(words: readonly string[]): { command: Command; taken: number } | undefined {
  for (const taken of [2, 1]) {
    const command = words.length < taken ? undefined : findCommand(words.slice(0, taken).join(" "));
    if (command !== undefined) return { command, taken };
  }
  return undefined;
}

const ofTwoWords = commands.flatMap((command) => {
  const [first = "", word] = command.name.split(" ");
  return word === undefined ? [] : [{ first, word, command }];
});

/** The second words there are behind a first one: `quote` and `use` for `lsps2`. */
export function secondWords(first: string): { word: string; command: Command }[] {
  return ofTwoWords.filter((one) => one.first === first);
}
