import { CodedError, type ErrorCode } from "../errors.ts";

/** Errors of reading and running commands. `column` (1-based) and `expected` say where and what, if it was typed. */
export class CommandError extends CodedError {
  readonly column?: number;
  readonly expected?: string;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; column?: number; expected?: string }) {
    super(code, message, options);
    if (options?.column !== undefined) this.column = options.column;
    if (options?.expected !== undefined) this.expected = options.expected;
  }
}
