/** Why LDK says a channel was closed, in words. Pure. */

/** LDK's names, as the native library spells them. */
const words: ReadonlyMap<string, string> = new Map([
  ["outdated_channel_manager", "this node was cut off between two of its writes, and LDK closes a channel then"],
  ["counterparty_force_closed", "the peer closed it alone"],
  ["holder_force_closed", "we closed it alone"],
  ["commitment_tx_confirmed", "the peer's commitment transaction is in a block"],
  ["counterparty_initiated_cooperative_closure", "closed together, on the peer's wish"],
  ["locally_initiated_cooperative_closure", "closed together, on our wish"],
  ["legacy_cooperative_closure", "closed together"],
  ["funding_timed_out", "its funding never confirmed"],
  ["processing_error", "the peer broke the rules, or was cut off between two of its writes"],
  ["disconnected_peer", "the peer left while it was being opened"],
  ["htlcs_timed_out", "a payment in it was about to run out of time"],
  ["peer_feerate_too_low", "the peer's fee rate is too low"],
]);

/** What LDK adds can be the peer's own text: cut, and nothing but plain characters. */
const MOST = 120;

/** @param reason `name` or `name: more`, of a `channel_closed` event */
export function closureInWords(reason: string | undefined): string {
  if (reason === undefined) return "no reason is known";
  const colon = reason.indexOf(": ");
  const name = colon < 0 ? reason : reason.slice(0, colon);
  const more = colon < 0 ? "" : reason.slice(colon + 2).replace(/[^ -~]/g, "?");
  const said = words.get(name) ?? name.replaceAll("_", " ");
  if (more === "") return said;
  return `${said} (${more.length > MOST ? `${more.slice(0, MOST)}...` : more})`;
}
