/** Asking LSPs what a just-in-time channel costs, and what an answer means for one payment. */
import { CodedError, type ErrorCode } from "../errors.ts";
import type { LspsError } from "../lsps2/lsp-errors.ts";
import { judgeMenu, type MenuEntry } from "../lsps2/menu.ts";
import { cheapest, type EntryQuote, type FitQuote, quoteEntry } from "../lsps2/quote.ts";
import { readReply } from "../lsps2/reply.ts";
import { type Finding, finding, rules } from "../lsps2/rules.ts";
import type { Msat } from "../stable/units.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { satsInWords } from "./fields.ts";

const PATIENCE_MS = 5_000;

export type LspAnswer =
  | { kind: "menu"; entries: MenuEntry[]; findings: Finding[] }
  | { kind: "refused"; error: LspsError }
  | { kind: "broken"; findings: Finding[] }
  | { kind: "away"; reason: string };

export interface LspQuote {
  lsp: LspContact;
  answer: LspAnswer;
  /** One for each offer of its menu. */
  offers: EntryQuote[];
  best: FitQuote | undefined;
}

/** What is wrong with an LSP or its offers, for one payment; `says` ends the sentence "The LSP ...". */
export interface Obstacle {
  code: ErrorCode;
  says: string;
  remedy: string;
}

async function askMenu({ node, clock }: CommandContext, lsp: LspContact): Promise<LspAnswer> {
  const { nodeId, address, token } = lsp;
  const params = token === undefined ? {} : { token };
  let text: { requestId: string; reply: string };
  try {
    text = await node.askLsp({ nodeId, address, method: "lsps2.get_info", params, timeoutMs: PATIENCE_MS });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === "lsp_away" || error.code === "peer_unreachable") return { kind: "away", reason: error.message };
    if (error.code === "lsp_protocol") return { kind: "broken", findings: [finding("not_a_response", "no JSON-RPC")] };
    throw error;
  }
  const reply = readReply(text.reply, text.requestId);
  if (reply.kind === "refused") return reply;
  if (reply.kind === "broken") return { kind: "broken", findings: [reply.finding] };
  const { entries, findings, aborted } = judgeMenu(reply.result, clock.wallMs());
  return aborted ? { kind: "broken", findings } : { kind: "menu", entries, findings };
}

const noLsp = () =>
  new CommandError(
    "no_lsp",
    "No LSP is known to open a channel; start one on this machine or name it with --lsp NODEID@HOST:PORT.",
  );

/** The LSP in use. @throws CommandError `no_lsp` */
export async function knownLsp(ctx: CommandContext): Promise<LspContact> {
  const lsp = await ctx.lsp();
  if (lsp === undefined) throw noLsp();
  return lsp;
}

/** All there are. @throws CommandError `no_lsp` */
export async function knownLsps(ctx: CommandContext): Promise<LspContact[]> {
  const all = await ctx.lsps();
  if (all.length === 0) throw noLsp();
  return all;
}

/** Always an answer within seconds, also from an LSP that is away. */
export async function quoteLsp(ctx: CommandContext, lsp: LspContact, amount: Msat): Promise<LspQuote> {
  const answer = await askMenu(ctx, lsp);
  const offers = answer.kind === "menu" ? answer.entries.map((entry) => quoteEntry(entry, amount)) : [];
  return { lsp, answer, offers, best: cheapest(offers) };
}

/** The LSP by name where one is known, else by the beginning of its id. */
export function lspName(ctx: Pick<CommandContext, "aliasOf">, { nodeId }: Pick<LspContact, "nodeId">): string {
  return ctx.aliasOf(nodeId) ?? `${nodeId.slice(0, 12)}…`;
}

const elsewhere = "see lsps2 quote for others";

function brokenRule(findings: readonly Finding[]): string {
  const worst = findings.find(({ severity }) => severity === "abort") ?? findings[0];
  if (worst === undefined) return "answers against its specification";
  const { says, source } = rules[worst.rule];
  return `breaks ${source} (${says}; found: ${worst.found})`;
}

function ordered(amounts: readonly bigint[]): bigint[] {
  return amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function unfitObstacle(offers: readonly EntryQuote[], amount: Msat): Obstacle {
  const refused = offers.flatMap((offer) => (offer.fit ? [] : [offer]));
  const eaten = refused.find(({ why }) => why === "fee_eats_payment");
  if (eaten?.feeMsat !== undefined) {
    const says = `asks ${satsInWords(eaten.feeMsat)} for opening the channel, all of a payment of ${satsInWords(amount)}`;
    return { code: "jit_amount", says, remedy: "ask for more" };
  }
  const open = refused.filter(({ why }) => why !== "blocked").map(({ entry }) => entry);
  if (open.length === 0) {
    const blocked = refused[0]?.entry.blocked[0];
    const why = blocked === undefined ? "" : ` (${rules[blocked.rule].says}; found: ${blocked.found})`;
    return { code: "lsp_refused", says: `makes no offer that can be taken${why}`, remedy: elsewhere };
  }
  const least = ordered(open.map(({ minPaymentMsat }) => minPaymentMsat))[0] ?? 0n;
  const most = ordered(open.map(({ maxPaymentMsat }) => maxPaymentMsat)).at(-1) ?? 0n;
  const says = `opens no channel for a payment of ${satsInWords(amount)}`;
  return { code: "jit_amount", says, remedy: `ask for ${satsInWords(least)} to ${satsInWords(most)}` };
}

/** Why nothing can be bought there for this payment; undefined where something can. */
export function obstacleOf({ answer, offers, best }: LspQuote, amount: Msat): Obstacle | undefined {
  if (best !== undefined) return undefined;
  switch (answer.kind) {
    case "away":
      return {
        code: "lsp_away",
        says: `does not answer (${answer.reason})`,
        remedy: `try again later, or ${elsewhere}`,
      };
    case "refused": {
      const says = `says that ${answer.error.means}`;
      if (answer.error.code !== 200) return { code: "lsp_refused", says, remedy: elsewhere };
      return { code: "lsp_bad_token", says, remedy: "set lsp-token to the one it gave out" };
    }
    case "broken":
      return { code: "lsp_protocol", says: brokenRule(answer.findings), remedy: elsewhere };
    case "menu":
      if (offers.length > 0) return unfitObstacle(offers, amount);
      return { code: "lsp_refused", says: "offers no channels to this client now", remedy: elsewhere };
  }
}

/** The best offer. @throws CommandError with the obstacle's code, naming LSP, reason and remedy */
export function bestOf(ctx: CommandContext, quote: LspQuote, amount: Msat): FitQuote {
  if (quote.best !== undefined) return quote.best;
  const obstacle = obstacleOf(quote, amount);
  const { code, says, remedy } = obstacle ?? { code: "internal", says: "made no offer", remedy: elsewhere };
  throw new CommandError(code, `The LSP ${lspName(ctx, quote.lsp)} ${says}; ${remedy}.`);
}
