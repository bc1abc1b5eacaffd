/** The face scripts and the prompt play on, over running sessions. */
import { inFlightMsat } from "../node/in-flight.ts";
import type { Role } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import type { Stage, StageSession } from "../script/stage.ts";
import { actionDueOf, positionOf } from "../stable/position.ts";
import type { Demo } from "./demo.ts";
import type { RoleLife } from "./role-life.ts";
import type { Session } from "./session.ts";

const all: readonly Role[] = ["exchange", "user", "lsp"];

export function demoStage(demo: Demo, price: PriceFeed): Stage {
  return {
    roles: all,
    world: demo.world,
    scenario: async (name) => price.scenario(name),
    session(role) {
      const life = demo.life(role);
      return life === undefined ? undefined : stageSession(life, price);
    },
  };
}

export function roleStage(role: Role, session: StageSession, price: PriceFeed): Stage {
  return {
    roles: [role],
    scenario: async (name) => price.scenario(name),
    session: (name) => (name === role ? session : undefined),
  };
}

export function stageSession(life: Pick<RoleLife, "use" | "onChange">, price: PriceFeed): StageSession {
  return {
    run: (call) =>
      life.use(async (session) => {
        const fault = session.fault();
        if (fault !== undefined) throw fault;
        return call.run(session.context);
      }),
    settled: () => life.use((session) => settled(session, price)),
    onChange(listener) {
      const stops = [life.onChange(listener), price.onUpdate(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

async function settled(session: Session, feed: PriceFeed): Promise<{ settled: boolean; detail: string }> {
  const fault = session.fault();
  if (fault !== undefined) throw fault;
  const usable = feed.usable("settle");
  if (!usable.ok) return { settled: false, detail: usable.reason };
  const live = (await session.context.stable.list()).filter(({ agreement }) => agreement.status !== "ended");
  if (live.length === 0) return { settled: false, detail: "no stable agreement is live" };
  const proposed = live.find(({ agreement }) => agreement.status === "proposed");
  if (proposed !== undefined) return { settled: false, detail: "a proposal waits for its answer" };
  if (live.some(({ inFlight }) => inFlight)) return { settled: false, detail: "a settlement is in flight" };
  const due = live.flatMap(({ agreement }) => actionDueOf(positionOf(agreement), usable.price) ?? [])[0];
  if (due !== undefined) return { settled: false, detail: `the ${due.payer} owes ${due.amountMsat / 1000n} sat` };
  // Booked, but the channels may still be exchanging commitments: their balances show it a moment later.
  const peers = new Set(live.map(({ counterparty }) => counterparty));
  const channels = (await session.context.node.channels()).filter((channel) => peers.has(channel.counterparty));
  const quiet = channels.every((channel) => inFlightMsat(channel) === 0n);
  return quiet ? { settled: true, detail: "settled" } : { settled: false, detail: "a payment is in flight" };
}
