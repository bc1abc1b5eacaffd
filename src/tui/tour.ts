/** The guided tour of the demo: the walkthrough's steps, each known to be done by what the state shows. */
import { live } from "./peg.ts";
import type { State } from "./state.ts";

export interface TourStep {
  title: string;
  /** Why, for somebody who sees it for the first time. */
  why: string;
  lines: readonly string[];
  done(state: State): boolean;
}

const funded = (state: State, role: "lsp" | "exchange"): boolean =>
  (state.roles[role].balance?.onchain_sat ?? 0n) > 0n || state.roles[role].channels.length > 0;

const TOUR_SATS = 100_000_000;

export const tour: readonly TourStep[] = [
  {
    title: "Give the LSP and the exchange a bitcoin each",
    why: "A chain of our own mines it; the user starts with nothing.",
    lines: [`faucet lsp ${TOUR_SATS}`, `faucet exchange ${TOUR_SATS}`],
    done: (state) => funded(state, "lsp") && funded(state, "exchange"),
  },
  {
    title: "The exchange opens a channel to the LSP",
    why: "Payments will travel from the exchange over the LSP to the user.",
    lines: ["exchange openchannel", "mine 6", "wait exchange ready"],
    done: (state) => state.roles.exchange.channels.some((one) => one.usable),
  },
  {
    title: "The user asks for 50,000 sat and the exchange pays",
    why: "The user has no channel at all: the LSP opens one in the moment the payment arrives.",
    lines: ["user getjitinvoice", "exchange payjitinvoice", "wait user channels=1"],
    done: (state) => state.roles.user.channels.some((one) => one.usable),
  },
  {
    title: "The user makes $4 of it stable",
    why: "From here on the LSP takes the price risk of these 4 dollars, and the user keeps the rest as bitcoin.",
    lines: ["user startstablechannel last true 4.0 0"],
    done: (state) => live(state.roles.user).length > 0,
  },
  {
    title: "Bitcoin falls to $80,000",
    why: "The same dollars need more bitcoin now: watch the LSP pay the difference inside the channel.",
    lines: ["price 80000", "wait user settled"],
    done: (state) => live(state.roles.user).some((one) => one.settlements > 0),
  },
];

/** The step to do next; undefined once all are done. */
export function stepOf(state: State): { step: TourStep; number: number } | undefined {
  const at = tour.findIndex((step) => !step.done(state));
  const step = tour[at];
  return step === undefined ? undefined : { step, number: at + 1 };
}
