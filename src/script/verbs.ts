/** What only scripts and the demo can say: the chain, the price's scenario, power switches, pauses. */
import { z } from "zod";
import { satAmount } from "../commands/amounts.ts";
import { required } from "../commands/arguments.ts";
import { type Action, defineAction } from "../commands/command.ts";
import { CommandError } from "../commands/command-error.ts";
import type { World } from "../commands/context.ts";
import { amountField, decimal, hexField } from "../commands/fields.ts";
import { integer, named, roleName } from "../commands/kinds.ts";
import { helpVerb } from "./help-verb.ts";
import type { StageContext, Verb } from "./stage.ts";
import { waitVerb } from "./wait.ts";

const roleResult = z.strictObject({ role: z.string() });
const heightResult = z.strictObject({ block_height: z.int() });
const blocks = integer(1, 1000);
const roleArgument = required("ROLE", roleName, "whose");

function worldOf({ stage }: StageContext): World {
  if (stage.world !== undefined) return stage.world;
  throw new CommandError("unknown_command", "There is no chain of our own here; this works in the demo only.");
}

const worldActions: readonly Action<StageContext>[] = [
  defineAction({
    name: "faucet",
    summary: "fund a role's wallet and mine it in",
    arguments: { role: roleArgument, amount: required("SATS", satAmount, "how much") },
    result: z.strictObject({ role: z.string(), amount_sat: amountField, txid: hexField }),
    async run(context: StageContext, { role, amount }) {
      const { txid } = await worldOf(context).faucet(role, amount);
      return { role, amount_sat: decimal(amount), txid };
    },
  }),
  defineAction({
    name: "mine",
    summary: "mine blocks",
    arguments: { blocks: required("N", blocks, "how many") },
    result: heightResult,
    async run(context: StageContext, args) {
      return { block_height: (await worldOf(context).mine(args.blocks)).height };
    },
  }),
  defineAction({
    name: "reorg",
    summary: "replace the newest blocks by others",
    arguments: { depth: required("N", integer(1, 100), "how many") },
    result: heightResult,
    async run(context: StageContext, { depth }) {
      return { block_height: (await worldOf(context).reorg(depth)).height };
    },
  }),
  defineAction({
    name: "kill",
    summary: "tear a role down at once, as a power cut would",
    arguments: { role: roleArgument },
    result: roleResult,
    async run(context: StageContext, { role }) {
      await worldOf(context).kill(role);
      return { role };
    },
  }),
  defineAction({
    name: "start",
    summary: "start a killed role again from what is on disk",
    arguments: { role: roleArgument },
    result: roleResult,
    async run(context: StageContext, { role }) {
      await worldOf(context).start(role);
      return { role };
    },
  }),
];

const freeActions: readonly Action<StageContext>[] = [
  defineAction({
    name: "scenario",
    summary: "let the price follow a scenario",
    arguments: { name: required("NAME", named("a scenario's name", "scenario"), "which one") },
    result: z.strictObject({ scenario: z.string() }),
    async run({ stage }: StageContext, { name }) {
      await stage.scenario(name);
      return { scenario: name };
    },
  }),
  defineAction({
    name: "sleep",
    summary: "do nothing for some seconds",
    arguments: { seconds: required("SECONDS", integer(0, 86_400), "how long") },
    result: z.strictObject({ seconds: z.int() }),
    async run({ clock }: StageContext, { seconds }) {
      await new Promise<void>((resolve) => {
        clock.after(seconds * 1000, resolve);
      });
      return { seconds };
    },
  }),
  waitVerb,
];

export const verbs: readonly Verb[] = [
  ...worldActions.map((action) => ({ ...action, needsWorld: true })),
  ...[...freeActions, helpVerb(() => verbs)].map((action) => ({ ...action, needsWorld: false })),
];
