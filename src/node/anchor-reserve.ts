/** What ldk-node keeps on chain for each anchor channel with a peer it does not trust, to bump its closing. */
export const ANCHOR_RESERVE_SAT = 25_000n;
