/** From what was typed for a channel or an agreement to the one that is meant. Never a guess: money hangs on it. */
import type { Channel } from "../node/port.ts";
import { CommandError } from "./command-error.ts";
import type { AgreementView } from "./context.ts";

/**
 * @param reference a channel id, 8 or more of its first hex digits, or `last`: the channel with the fewest
 *   confirmations, the highest short channel id among those
 * @throws CommandError `unknown_channel` (lists what there is), `ambiguous_channel` (lists the fits)
 */
export function findChannel(channels: readonly Channel[], reference: string): Channel {
  const fits =
    reference === "last" ? newestChannels(channels) : channels.filter((c) => c.channelId.startsWith(reference));
  const [only] = fits;
  if (only === undefined) {
    const have =
      channels.length === 0 ? "this node has no channel" : `there is ${list(channels.map((c) => c.channelId))}`;
    throw new CommandError("unknown_channel", `No channel fits ${reference}; ${have}.`);
  }
  if (fits.length > 1) {
    throw new CommandError(
      "ambiguous_channel",
      `${reference} fits ${fits.length} channels (${list(fits.map((c) => c.channelId))}); give more digits of one.`,
    );
  }
  return only;
}

function newestChannels(channels: readonly Channel[]): Channel[] {
  const fewest = Math.min(...channels.map((c) => c.confirmations));
  const youngest = channels.filter((c) => c.confirmations === fewest);
  const scids = youngest.flatMap((c) => (c.shortChannelId === undefined ? [] : [scidNumber(c.shortChannelId)]));
  // One block, one order: only where every one of them has its place in the chain.
  if (scids.length < youngest.length) return youngest;
  const highest = scids.reduce((a: bigint, b: bigint) => (b > a ? b : a), 0n);
  return youngest.filter((c) => scidNumber(c.shortChannelId ?? "0") === highest);
}

/** `BLOCKxTXxOUTPUT` or the plain number of BOLT 7, as one number. */
function scidNumber(scid: string): bigint {
  const [block = "0", transaction, output] = scid.split("x");
  if (transaction === undefined || output === undefined) return BigInt(block);
  return (BigInt(block) << 40n) | (BigInt(transaction) << 16n) | BigInt(output);
}

export function isLive(view: AgreementView): boolean {
  return view.agreement.status !== "ended" && view.agreement.status !== "proposed";
}

/**
 * @param reference an agreement id, a prefix of it, `last` (the newest live one, else the newest), or undefined: the
 *   only live one
 * @throws CommandError `unknown_agreement`, `ambiguous_agreement`
 */
export function findAgreement(views: readonly AgreementView[], reference: string | undefined): AgreementView {
  const live = views.filter(isLive);
  let fits: readonly AgreementView[];
  if (reference === undefined) fits = live;
  else if (reference === "last") fits = newestOf(live.length > 0 ? live : views);
  else fits = views.filter((v) => v.agreement.id.startsWith(reference));
  const [only] = fits;
  if (only === undefined) {
    const have = views.length === 0 ? "there is none yet" : `there is ${list(views.map((v) => v.agreement.id))}`;
    const what = reference === undefined ? "No stable agreement is live" : `No stable agreement fits ${reference}`;
    throw new CommandError("unknown_agreement", `${what}; ${have}. startstablechannel begins one.`);
  }
  if (fits.length > 1) {
    const what =
      reference === undefined ? `${fits.length} agreements are live` : `${reference} fits ${fits.length} agreements`;
    throw new CommandError("ambiguous_agreement", `${what} (${list(fits.map((v) => v.agreement.id))}); name one.`);
  }
  return only;
}

/**
 * One that ended: `last` is the one that is being taken up again, else the newest that lost its channels, else the
 * newest. @throws as `findAgreement`
 */
export function findEnded(views: readonly AgreementView[], reference: string): AgreementView {
  const ended = views.filter((v) => v.agreement.status === "ended");
  if (reference !== "last" || ended.length === 0) return findAgreement(views, reference);
  const underWay = ended.filter(({ carryOver }) => carryOver !== undefined && carryOver.outcome === undefined);
  const closed = ended.filter(
    ({ channelsGone, carryOver }) => channelsGone === true && carryOver?.outcome?.kind !== "done",
  );
  const [among] = [underWay, closed, ended].filter((some) => some.length > 0);
  return findAgreement(among ?? ended, "last");
}

function newestOf(views: readonly AgreementView[]): AgreementView[] {
  const newest = Math.max(...views.map((v) => v.agreement.createdAt));
  return views.filter((v) => v.agreement.createdAt === newest);
}

const LISTED = 5;

function list(ids: readonly string[]): string {
  const more = ids.length > LISTED ? ` and ${ids.length - LISTED} more` : "";
  return ids.slice(0, LISTED).join(", ") + more;
}
