import { CodedError } from "../errors.ts";

/** What is wrong with a backtest's arguments or its input. */
export class BacktestError extends CodedError {}
