import { CodedError } from "../errors.ts";

/** Errors of making, judging and restoring backups. */
export class BackupError extends CodedError {}
