/** What commands and screens may ask of a running engine. */
import { inFlightMsat } from "../node/in-flight.ts";
import { type Agreement, backingOf } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import { balancesByPeer } from "../stable/peer-balances.ts";
import { StableError } from "../stable/stable-error.ts";
import { msat } from "../stable/units.ts";
import { carryOverView, refuseBeside, startCarryOver, stopCarryOver } from "./carry-over-port.ts";
import { frozenLine } from "./claim.ts";
import { conversionFees } from "./conversion-fees.ts";
import { refusedError, takesUp } from "./counter-offer.ts";
import { advanceEnd, beginEnd } from "./end.ts";
import { propose } from "./open.ts";
import { pump } from "./outbox.ts";
import type { AgreementView, CarryOverView, StablePort, Wish } from "./port.ts";
import { resolveSettlement } from "./resolve.ts";
import { revise } from "./revise.ts";
import { sendSync } from "./send-sync.ts";
import { spendEffects } from "./spent.ts";
import { type Answer, commit, type Engine, type Live, moved, now, peerAgreements } from "./state.ts";
import { tick } from "./tick.ts";
import { agreementView, checkView } from "./view.ts";

const ANSWER_MS = 30_000;
const END_MS = 60_000;
const QUIET_MS = 5_000;
const SETTLE_MS = 10_000;
const STEP_MS = 20;
const CONFLICTS = 2;
const CONFLICT_MS = 1_000;

/** @param run runs a task in the engine's queue */
export function stablePort(engine: Engine, run: <T>(task: () => Promise<T>) => Promise<T>): StablePort {
  const { deps, state } = engine;
  const { clock } = deps;

  async function views(agreements: readonly Agreement[]): Promise<AgreementView[]> {
    const balancesOf = balancesByPeer(await deps.node.channels());
    const price = deps.price.view();
    return Promise.all(
      agreements.map(async (agreement) => {
        const live = state.live.get(agreement.id);
        return agreementView({
          agreement,
          withPeer: peerAgreements(state, counterpartyOf(agreement)),
          balancesOf,
          price,
          settlements: live === undefined ? await settledBefore(agreement.id) : live.sentSeq + live.receivedSeq,
          ...(live === undefined ? {} : { live }),
          ...withCarryOver(carryOverView(engine, agreement.id)),
        });
      }),
    );
  }

  async function settledBefore(id: string): Promise<number> {
    return (await deps.store.settlements(id)).filter((s) => s.status === "succeeded").length;
  }

  async function viewOf(id: string): Promise<AgreementView> {
    const agreement = state.live.get(id)?.agreement ?? (await deps.store.agreement(id));
    const [view] = agreement === undefined ? [] : await views([agreement]);
    if (view === undefined) throw unknownAgreement(id);
    return view;
  }

  function liveOf(id: string): Live {
    const live = state.live.get(id);
    if (live === undefined) throw unknownAgreement(id);
    return live;
  }

  function carried(agreementId: string): CarryOverView {
    const view = carryOverView(engine, agreementId);
    if (view === undefined) throw unknownAgreement(agreementId);
    return view;
  }

  /** The peer's answer to what `ask` proposes; messages go out once it has. */
  async function answerTo(agreementId: string, ms: number, ask: () => Promise<void>): Promise<Answer | "silence"> {
    const answer = Promise.withResolvers<Answer | "silence">();
    engine.waiters.set(agreementId, answer.resolve);
    const cancel = clock.after(ms, () => answer.resolve("silence"));
    try {
      await ask();
      engine.later(() => pump(engine));
      return await answer.promise;
    } finally {
      cancel();
      engine.waiters.delete(agreementId);
    }
  }

  const pause = () => new Promise<void>((resolve) => clock.after(STEP_MS, resolve));

  /** A payment that is just arriving may lack in the balances: what fails meanwhile is tried again for a moment. */
  async function whenQuiet<T>(peer: string, attempt: () => Promise<T>): Promise<T> {
    const until = clock.steadyMs() + QUIET_MS;
    for (;;) {
      // Asked before the attempt: what it fails for may have arrived by the time it has failed.
      const channels = (await deps.node.channels()).filter((c) => c.counterparty === peer);
      const quiet = channels.every((channel) => inFlightMsat(channel) === 0n);
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof StableError) || quiet || clock.steadyMs() >= until) throw error;
        await pause();
      }
    }
  }

  async function settled(id: string): Promise<void> {
    const until = clock.steadyMs() + SETTLE_MS;
    while (state.live.get(id)?.open !== undefined && clock.steadyMs() < until) await pause();
  }

  /** The last channel is gone, and the node's event of that is on its way: a moment later the agreement has ended. */
  async function ended(id: string): Promise<void> {
    const until = clock.steadyMs() + QUIET_MS;
    for (let live = state.live.get(id); live !== undefined; live = state.live.get(id)) {
      const peer = counterpartyOf(live.agreement);
      const channels = await deps.node.channels();
      if (channels.some((c) => c.counterparty === peer) || clock.steadyMs() >= until) return;
      await pause();
    }
  }

  async function ask(id: string, wish: Wish): Promise<Answer | "silence"> {
    const live = liveOf(id);
    const peer = counterpartyOf(live.agreement);
    return answerTo(id, ANSWER_MS, () => whenQuiet(peer, () => run(() => revise(engine, liveOf(id), wish))));
  }

  /** The peer's settlement may be under way, or one of ours not booked there yet: a moment later it agrees. */
  async function askPatiently(id: string, wish: Wish): Promise<Answer | "silence"> {
    for (let left = CONFLICTS; ; left--) {
      const answer = await ask(id, wish);
      const inMotion = answer !== "silence" && !answer.accepted && answer.code === "conflict" && wish.kind !== "terms";
      if (!inMotion || left === 0) return answer;
      await new Promise<void>((resolve) => clock.after(CONFLICT_MS, resolve));
    }
  }

  return {
    async start({ acceptCounter = false, ...request }) {
      const peer = request.channel.counterparty;
      refuseBeside(engine, peer);
      const attempt = async (wanted: Parameters<typeof propose>[1]) => {
        const agreement = await whenQuiet(peer, () => run(() => propose(engine, wanted)));
        return { agreement, answer: await answerTo(agreement.id, ANSWER_MS, async () => undefined) };
      };
      let { agreement, answer } = await attempt(request);
      if (answer !== "silence" && !answer.accepted && answer.counter !== undefined) {
        const { counter } = answer;
        if (takesUp(counter, request, deps.policy, acceptCounter)) {
          ({ agreement, answer } = await attempt({ ...request, targetMicro: counter.target, terms: counter.terms }));
        }
      }
      if (answer === "silence") throw silent(`proposal ${agreement.id.slice(0, 8)}…`);
      if (!answer.accepted) throw refusedError(answer);
      return viewOf(agreement.id);
    },
    async revise(id, wish, acceptCounter) {
      let answer = await askPatiently(id, wish);
      if (answer !== "silence" && !answer.accepted && answer.counter !== undefined) {
        const { counter } = answer;
        const { side, targetMicro } = liveOf(id).agreement;
        const most = wish.kind === "terms" ? targetMicro : counter.target;
        const other: Wish =
          wish.kind === "terms"
            ? { kind: "terms", terms: counter.terms }
            : { kind: "resize", amountMicro: counter.target };
        const asked = wish.kind === "resize" ? wish.amountMicro : most;
        // Whoever asks for terms has said which; others are only for a person to take.
        const may = wish.kind !== "terms" || acceptCounter;
        const fits = takesUp(counter, { side, targetMicro: asked }, deps.policy, acceptCounter);
        if (may && fits) answer = await ask(id, other);
      }
      if (answer === "silence") throw silent("the change");
      if (!answer.accepted) throw refusedError(answer);
      return viewOf(id);
    },
    async list() {
      return views([...[...state.live.values()].map((live) => live.agreement), ...state.ended]);
    },
    settlements: (id) => deps.store.settlements(id),
    async resolve(paymentId, resolution) {
      const resolved = await run(() => resolveSettlement(engine, paymentId, resolution));
      engine.later(() => engine.afterwards());
      return resolved;
    },
    async check(agreementId) {
      if (agreementId !== undefined) liveOf(agreementId);
      const looked = await run(() => tick(engine, "all", agreementId));
      return looked.map(({ live, decision }) => checkView(live, decision));
    },
    async stop(agreementId) {
      const live = liveOf(agreementId);
      const pending = engine.pending.get(agreementId);
      if (pending !== undefined && pending.proposal.type !== "end") {
        throw new StableError("conflict", "A proposal still waits for the peer's answer; try again in two minutes.");
      }
      const before = backingOf(live.agreement);
      const answer = await answerTo(agreementId, END_MS, () =>
        run(() => (live.agreement.status === "ending" ? advanceEnd(engine, live) : beginEnd(engine, live, "wanted"))),
      );
      if (answer === "silence") {
        throw new StableError(
          "timeout",
          "The peer has not agreed to the end yet; it is asked again while the agreement is ending, see `stable`.",
        );
      }
      if (!answer.accepted) throw refusedError(answer);
      const after = backingOf(answer.agreement);
      return { settledMsat: msat(after > before ? after - before : before - after), view: await viewOf(agreementId) };
    },
    spendEffects: (amountMsat) => spendEffects(engine, amountMsat),
    async prepareSpend(amountMsat) {
      for (const { agreementId, dueMsat } of await spendEffects(engine, amountMsat)) {
        if (dueMsat === 0n || !state.live.has(agreementId)) continue;
        await run(() => tick(engine, "all", agreementId));
        await settled(agreementId);
      }
      return spendEffects(engine, amountMsat);
    },
    async resume(agreementId) {
      await run(async () => {
        const { agreement } = liveOf(agreementId);
        const back = moved(agreement, "agreed", now(deps));
        if (back === agreement) {
          throw new StableError("conflict", `The agreement is ${agreement.status}, not frozen; nothing has to go on.`);
        }
        await commit(engine, [{ put: "agreement", agreement: { ...back, strikes: 0 } }, frozenLine(back)]);
        await sendSync(engine, agreementId);
      });
      engine.later(() => engine.afterwards());
      return viewOf(agreementId);
    },
    async carryOver(agreementId, request) {
      await ended(agreementId);
      await run(() => startCarryOver(engine, agreementId, request));
      engine.later(() => pump(engine));
      const until = clock.steadyMs() + ANSWER_MS;
      while (isMoving(carryOverView(engine, agreementId)) && clock.steadyMs() < until) await pause();
      return carried(agreementId);
    },
    async cancelCarryOver(agreementId) {
      await run(() => stopCarryOver(engine, agreementId));
      return carried(agreementId);
    },
    withPeer: (nodeId) => views(peerAgreements(state, nodeId)),
    conversionFees: (sinceAt) => conversionFees(deps.store, deps.nodeId, sinceAt),
  };
}

function withCarryOver(carryOver: CarryOverView | undefined) {
  return carryOver === undefined ? {} : { carryOver };
}

/** A proposal that has just gone out is answered in a moment; everything else takes blocks, or a person. */
function isMoving(view: CarryOverView | undefined): boolean {
  if (view?.outcome !== undefined) return false;
  const step = view?.step?.step;
  return step === "answer" || (step === "propose" && view?.refusal === undefined);
}

function silent(what: string): StableError {
  return new StableError(
    "timeout",
    `The peer has not answered ${what} yet; it stands for two minutes, see \`stable\`.`,
  );
}

function unknownAgreement(id: string): StableError {
  return new StableError("unknown_agreement", `No live agreement has the id ${id.slice(0, 16)}…; see \`stable\`.`);
}
