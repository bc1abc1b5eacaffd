/** Cargo's progress, read from its output and told in one line. */

export interface BuildState {
  /** e.g. "building", "downloading". */
  phase: string;
  done: number;
  total: number;
  /** What is being worked on right now, as cargo names it. */
  current: string;
}

export const startState: BuildState = { phase: "starting", done: 0, total: 0, current: "" };

type Reading = { kind: "state"; state: BuildState } | { kind: "text" };

/**
 * What one piece of cargo's standard error (between two line ends, `\r` or `\n`) says. The bar appears because the
 * build sets `term.progress.when = "always"`; its form is `   Building [====>    ] 12/345: serde, syn`.
 */
export function readCargo(piece: string, before: BuildState): Reading {
  const bar = /^\s*(Building|Downloading)\s+\[[=> ]*\]\s*(\d+)\/(\d+)(?::\s*(.*))?/.exec(piece);
  if (bar) {
    const [, phase = "", done, total, current = ""] = bar;
    return {
      kind: "state",
      state: { phase: phase.toLowerCase(), done: Number(done), total: Number(total), current: current.trim() },
    };
  }
  const step = /^\s*(Updating|Downloading|Downloaded|Blocking)\s+(.*)/.exec(piece);
  if (step) {
    const phase = step[1] === "Blocking" ? "waiting for another cargo" : "downloading";
    return { kind: "state", state: { ...before, phase, current: step[2]?.trim() ?? "" } };
  }
  return { kind: "text" };
}

/** e.g. "3 min 05 s" */
export function elapsedText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const rest = seconds % 60;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(rest).padStart(2, "0")} s`;
}

/** e.g. "native library: building, 123 of 421 crates, 2 min 05 s (ldk-node)" */
export function progressText({ phase, done, total, current }: BuildState, elapsedMs: number): string {
  const count = total > 0 ? `${done} of ${total} crates` : "";
  const now = current === "" ? "" : `(${current})`;
  return `native library: ${[phase, count, elapsedText(elapsedMs)].filter(Boolean).join(", ")} ${now}`.trimEnd();
}
