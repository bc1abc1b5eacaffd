import { CodedError } from "../errors.ts";

/** Errors of starting, configuring and wiring a role. */
export class AppError extends CodedError {}
