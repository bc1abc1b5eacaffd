/** What a money command will do, said before it is done: from its words and the state, never from a guess. */
import { bindWords } from "../commands/bind.ts";
import type { Command } from "../commands/command.ts";
import { readLine, selectCommand } from "../commands/parse.ts";
import type { Role } from "../node/port.ts";
import { channelTellers } from "./confirm-channels.ts";
import { paymentTellers } from "./confirm-payments.ts";
import { pegTellers } from "./confirm-pegs.ts";
import type { Teller } from "./confirm-words.ts";
import type { State } from "./state.ts";

const tellers: Readonly<Record<string, Teller>> = { ...paymentTellers, ...channelTellers, ...pegTellers };

export interface Confirmation {
  role: Role | undefined;
  command: Command;
  rows: readonly string[];
}

/** Undefined where the line moves no money or will be refused anyway: then it runs, and says what is wrong. */
export function confirmationFor(line: string, state: State, roles: readonly Role[]): Confirmation | undefined {
  try {
    const { role, command, rest } = selectCommand(readLine(line), roles);
    if (!command.money) return undefined;
    command.check(rest);
    const bound = bindWords(command.name, command.arguments, rest);
    const who = role ?? roles[0];
    if (who === undefined) return undefined;
    const own = state.roles[who];
    const rows = tellers[command.name]?.({ state, role: who, own, word: (name) => bound.get(name)?.text });
    const told = rows === undefined || rows.length === 0 ? [`This moves money: ${command.summary}.`] : rows;
    return { role, command, rows: [...told, ...pricedRows(state)] };
  } catch {
    return undefined; // running it tells the same error with its remedy
  }
}

function pricedRows(state: State): string[] {
  if (state.price?.status === "ok" || state.price === undefined) return [];
  return [
    `The price is ${state.price.status === "hold" ? "on hold" : "stale"}: ${state.price.reason ?? "no reason given"}`,
  ];
}
