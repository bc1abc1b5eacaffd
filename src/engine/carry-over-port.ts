/** What a person may ask about taking an ended agreement up again: begin, give up, and where it stands. */
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import type { CarryOver } from "../stable/carry-over.ts";
import { StableError } from "../stable/stable-error.ts";
import { type Sat, sat } from "../stable/units.ts";
import { followCarryOvers } from "./carry-over.ts";
import { beginCarryOver, carryOverWith, endCarryOver, isOpen, returningOf } from "./carry-wish.ts";
import type { CarryOverView } from "./port.ts";
import type { Engine } from "./state.ts";

/** The wish on disk and its first step done. @throws StableError `unknown_agreement`, `conflict`, `bad_amount` */
export async function startCarryOver(
  engine: Engine,
  agreementId: string,
  request: { sizeSat?: Sat; acceptLess: boolean },
): Promise<void> {
  const live = engine.state.live.get(agreementId)?.agreement;
  const agreement = live ?? (await engine.deps.store.agreement(agreementId));
  if (agreement === undefined) {
    throw new StableError("unknown_agreement", `No agreement has the id ${agreementId.slice(0, 16)}…; see \`stable\`.`);
  }
  const wanted = request.sizeSat ?? (await usualSize(engine, agreement));
  const size = wanted === undefined ? {} : { sizeSat: wanted };
  await beginCarryOver(engine, agreement, { ...size, acceptLess: request.acceptLess, byHand: true });
  await followCarryOvers(engine);
}

/** The receiver's new channel is as large as what came back of the old ones, unless it is there already. */
async function usualSize(engine: Engine, agreement: Agreement): Promise<Sat | undefined> {
  const { id, side } = agreement;
  const peer = counterpartyOf(agreement);
  const channels = await engine.deps.node.channels();
  if (side === "provider" || channels.some((c) => c.counterparty === peer)) return undefined;
  const [line] = await engine.deps.store.audit({ limit: 1, agreementId: id, kind: "channels_gone" });
  const then = line?.data["returning_sat"];
  if (typeof then === "string" && /^\d+$/.test(then) && then !== "0") return sat(BigInt(then));
  const { amountSat } = returningOf(await engine.deps.node.balances(), channels, peer);
  if (amountSat > 0n) return sat(amountSat);
  throw new StableError(
    "bad_amount",
    "What its channels held is not known any more; say how large the new channel is to be: reopen AGREEMENT SATS.",
  );
}

/** What was opened or proposed by then stays. @throws StableError `conflict` where nothing is being taken up */
export async function stopCarryOver(engine: Engine, agreementId: string): Promise<void> {
  const wish = engine.state.carryOvers.get(agreementId);
  if (!isOpen(wish)) {
    throw new StableError("conflict", `Agreement ${agreementId.slice(0, 8)}… is not being taken up again.`);
  }
  await endCarryOver(engine, wish, { kind: "cancelled" });
}

/** @throws StableError `conflict`: another proposal would come on top of the one that is to be made */
export function refuseBeside(engine: Engine, peer: string): void {
  const wish = carryOverWith(engine, peer);
  if (wish?.side !== "receiver") return;
  const name = wish.agreementId.slice(0, 8);
  throw new StableError(
    "conflict",
    `Agreement ${name}… with this peer is being taken up again; call it off first: reopen ${name} --cancel.`,
  );
}

export function carryOverView(
  { state, carrySteps }: Pick<Engine, "state" | "carrySteps">,
  id: string,
): CarryOverView | undefined {
  const wish = state.carryOvers.get(id);
  return wish === undefined ? undefined : viewOfWish(wish, carrySteps.get(id));
}

function viewOfWish(wish: CarryOver, step: CarryOverView["step"] | undefined): CarryOverView {
  const { refusal, counterMicro, targetMicro, side } = wish;
  return {
    agreementId: wish.agreementId,
    side,
    targetMicro,
    ...(step === undefined ? {} : { step }),
    ...(wish.outcome === undefined ? {} : { outcome: wish.outcome }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(counterMicro === undefined ? {} : { counterMicro }),
  };
}
