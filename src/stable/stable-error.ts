import { CodedError } from "../errors.ts";

/** Errors of the stable core: what a person asked of a position and why it can't be. */
export class StableError extends CodedError {}
