/** The demo in memory: three roles, a chain, power switches. */
import type { World } from "../../src/commands/context.ts";
import type { Role } from "../../src/node/port.ts";
import { runScript, type ScriptOutput } from "../../src/script/run-script.ts";
import { parseScript } from "../../src/script/script.ts";
import type { Stage, StageSession } from "../../src/script/stage.ts";
import { type FakeRoles, LSP_ADDRESS, nodeIds, roles } from "../commands/fake-roles.ts";

export function fakeWorld(fake: FakeRoles): World {
  return {
    roles,
    async faucet(role, amountSat) {
      fake.of[role].wallet.onchainSat += amountSat;
      fake.network.mine(1);
      return { txid: fake.network.hash() };
    },
    async mine(blocks) {
      fake.network.mine(blocks);
      return { height: fake.network.height };
    },
    async reorg(depth) {
      for (const channel of fake.network.channels) channel.confirmations = Math.max(channel.confirmations - depth, 0);
      fake.network.height += 1;
      return { height: fake.network.height };
    },
    async kill(role) {
      fake.of[role].wallet.online = false;
    },
    async start(role) {
      fake.of[role].wallet.online = true;
      fake.network.changed();
    },
  };
}

/** @param present the roles of this process: all three with a world, or one alone */
export function fakeStage(fake: FakeRoles, present: readonly Role[] = roles): Stage {
  const sessions = new Map<Role, StageSession>(
    present.map((role) => [
      role,
      {
        run: (call) => call.run(fake.of[role].context),
        settled: async () => fake.stable.settled(nodeIds[role]),
        onChange(listener) {
          const stops = [fake.of[role].context.node.onChange(listener), fake.price.onUpdate(listener)];
          return () => {
            for (const stop of stops) stop();
          };
        },
      },
    ]),
  );
  return {
    roles: present,
    ...(present.length > 1 ? { world: fakeWorld(fake) } : {}),
    scenario: async (name) => fake.price.scenario(name),
    session: (role) => (fake.of[role].wallet.online ? sessions.get(role) : undefined),
  };
}

export interface Played {
  code: number;
  out: string[];
  err: string[];
}

/** Parses and runs a script. */
export async function play(
  fake: FakeRoles,
  text: string,
  options: { json?: boolean; color?: boolean; present?: readonly Role[] } = {},
): Promise<Played> {
  const stage = fakeStage(fake, options.present);
  const script = parseScript(text, "test.txt", { roles: stage.roles, world: stage.world !== undefined });
  const out: string[] = [];
  const err: string[] = [];
  const output: ScriptOutput = {
    json: options.json ?? false,
    style: { color: options.color ?? false },
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  };
  const code = await runScript(script, stage, fake.clock, output);
  return { code, out, err };
}

/** The user meets the LSP as the app would see to. */
export async function meet(fake: FakeRoles): Promise<void> {
  await fake.of.user.context.node.connect(nodeIds.lsp, LSP_ADDRESS);
}
