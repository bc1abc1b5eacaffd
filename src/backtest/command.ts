/** `peer-stables backtest`: arguments in, text or JSON out. */

import { reasonOf } from "../errors.ts";
import { backtestHelp, parseBacktestArgs } from "./args.ts";
import { backtestJson, runBacktest } from "./backtest.ts";
import { BacktestError } from "./backtest-error.ts";
import { backtestSvg } from "./svg.ts";
import { backtestText } from "./text.ts";

export interface BacktestIo {
  /** Standard output. */
  write(text: string): void;
  writeFile(path: string, text: string): Promise<unknown>;
  /** Monotonic milliseconds, for the time it took. */
  nowMs(): number;
}

/** @throws CodedError for arguments and files that are wrong, naming the flag or FILE:LINE:COLUMN */
export async function backtestCommand(args: readonly string[], io: BacktestIo): Promise<void> {
  const { options, json, svg, help } = parseBacktestArgs(args);
  if (help) {
    io.write(backtestHelp());
    return;
  }
  const result = await runBacktest(options, io.nowMs);
  if (svg !== undefined) {
    await io.writeFile(svg, backtestSvg(result)).catch((cause: unknown) => {
      throw new BacktestError("bad_argument", `--svg ${svg} cannot be written: ${reasonOf(cause)}`, { cause });
    });
  }
  io.write(json ? `${JSON.stringify(backtestJson(result))}\n` : backtestText(result));
}
