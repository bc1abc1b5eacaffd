import { CodedError } from "../errors.ts";

/** Errors of what was set: by flag, environment or file. */
export class ConfigError extends CodedError {}
