/** The figures of a run, in lines. Pure. */
import { sides } from "./pair.ts";
import type { Tally } from "./run.ts";

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

export function tallyLines({ kills, closed, reasons, settlements, recoveryMs, money }: Tally): string[] {
  const sorted = recoveryMs.toSorted((a, b) => a - b);
  const all = kills.user + kills.lsp;
  const gone = closed.user + closed.lsp;
  return [
    ...sides.map(
      (side) =>
        `${side} killed ${kills[side]} times: the channel lived ${kills[side] - closed[side]}, LDK closed it ${closed[side]}`,
    ),
    `in all ${all} kills in ${settlements} settlements: lived ${all - gone}, closed ${gone}, nothing else`,
    `from restart to the peg in its band or the closed channel known to both: median ${percentile(sorted, 0.5)} ms, 95 % ${percentile(sorted, 0.95)} ms`,
    ...[...reasons].map(([reason, count]) => `${count} closed: ${reason}`),
    `money at the end: user ${money.userSat} sat, lsp ${money.lspSat} sat, fees ${money.feesSat} sat, anchors left ${money.anchorsSat} sat`,
  ];
}
