/** What to do next, from the real state: one sentence and, where it helps, the line to type. */
import type { Role } from "../node/port.ts";
import { dollars } from "./money-text.ts";
import { carriedOver, live, orphan } from "./peg.ts";
import { type RoleState, type State, tabOf } from "./state.ts";
import { stepOf, tour } from "./tour.ts";

export interface Next {
  text: string;
  /** Can be typed as it stands. */
  line?: string;
}

/** @param step how the tour's next step is asked for */
export function nextOf(state: State, step: "press n" | "type next" = "press n"): Next | undefined {
  if (state.phase === "starting") return { text: starting(state) };
  if (state.setting.demo) return nextInDemo(state, step);
  const tab = tabOf(state);
  return tab === "all" ? undefined : nextOfRole(tab, state.roles[tab], state);
}

function starting({ setting }: State): string {
  return setting.roles.length > 1 ? "The three nodes and their chain are starting." : "The node is starting.";
}

function nextInDemo(state: State, step: "press n" | "type next"): Next {
  const next = stepOf(state);
  if (state.touring) return { text: "Under way; watch the channels and the activity below." };
  if (next !== undefined) {
    return { text: `Step ${next.number} of ${tour.length}, ${step}: ${next.step.title}. ${next.step.why}` };
  }
  const way = step === "press n" ? "Press ↑ and ↓ to move the price" : "Type price 70000 or scenario crash to move it";
  return {
    text: `The tour is done. ${way} and watch the peg answer, or type a command${step === "press n" ? " with /" : ""}.`,
  };
}

function nextOfRole(role: Role, own: RoleState, state: State): Next | undefined {
  if (own.down !== undefined) return { text: own.down };
  if (own.info === undefined || own.balance === undefined) return { text: "Reading the node." };
  const [carried] = carriedOver(own);
  if (carried?.carry_over != null) {
    return { text: `The ${dollars(carried.target_usd)} peg is taken up again: ${carried.carry_over.detail}.` };
  }
  const gone = role === "user" ? orphan(own) : undefined;
  if (gone !== undefined) {
    const text = `The channel of the ${dollars(gone.target_usd)} peg is closed. Take the peg up again on a new one:`;
    return { text, line: `reopen ${gone.agreement_id.slice(0, 8)}` };
  }
  const wished = wishedFor(own);
  if (wished !== undefined) return wished;
  const opening = own.channels.find((one) => !one.channel_ready);
  if (opening !== undefined) {
    const { confirmations: seen, confirmations_required: needed } = opening;
    if (needed === 0) return { text: "The channel is being opened." };
    return { text: `The channel waits for its confirmations: ${Math.min(seen, needed)} of ${needed}.` };
  }
  if (own.channels.length === 0) return nextWithoutChannel(role, own);
  if (role === "exchange") return undefined;
  const [peg] = live(own);
  if (peg === undefined) {
    if (role === "lsp") return { text: "Channels are open; a user can now ask for a stable one." };
    return { text: "Make some of it stable, e.g. $4:", line: "startstablechannel last true 4 0" };
  }
  if (peg.status === "proposed") return { text: `The ${dollars(peg.target_usd)} peg waits for the peer's answer.` };
  if (state.price?.status === "hold")
    return { text: `Nothing is settled while the price is on hold: ${state.price.reason ?? ""}` };
  if (role === "user" && own.channels.some((one) => one.usable && one.confirmations === 0))
    return { text: "The peg holds. Until its channel is confirmed on chain, it rests on the LSP's word." };
  if (peg.settlements === 0) return { text: "The peg holds. It settles by itself once the price has moved enough." };
  return undefined;
}

/** Dollars that come with a payment, or that could not be had for it. */
function wishedFor({ wishes, agreements }: RoleState): Next | undefined {
  const wish = wishes.at(-1);
  if (wish?.status === "refused") {
    if (agreements.some((one) => one.status !== "ended")) return undefined;
    const text = `The invoice was paid, but ${dollars(wish.target_usd)} of it could not be made stable (${wish.reason ?? "refused"}). Try another amount:`;
    return { text, line: "startstablechannel last true 4 0" };
  }
  if (wish?.status !== "waiting") return undefined;
  const amount = dollars(wish.target_usd);
  if (wish.paid_at === null) return { text: `Once the invoice is paid, ${amount} of it will be stable by itself.` };
  const why = wish.reason === null ? "" : ` (${wish.reason})`;
  return { text: `Paid. ${amount} is being made stable${why}.` };
}

function nextWithoutChannel(role: Role, own: RoleState): Next {
  if (role === "user") {
    return {
      text: "No channel yet. Make an invoice and pay it from any wallet; the LSP opens the channel:",
      line: "getjitinvoice 50000",
    };
  }
  if (own.balance?.onchain_sat === 0n)
    return { text: "No funds yet. Send bitcoin to an address of this node:", line: "getaddress" };
  if (role === "exchange") return { text: "Funds are there. Open a channel to the LSP:", line: "openchannel" };
  return { text: "Ready. A user's first payment will open a channel." };
}
