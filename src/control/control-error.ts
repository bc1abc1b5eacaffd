import { CodedError } from "../errors.ts";

/** Errors of reaching a running role, or of being reached. */
export class ControlError extends CodedError {}
