import { CodedError } from "../errors.ts";

/** Errors of words, seeds and passphrases. A message never holds any of them. */
export class KeysError extends CodedError {}
