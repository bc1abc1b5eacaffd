/** Something that is wrong with what was set. */
export interface Problem {
  code: "usage" | "bad_config";
  /** One sentence that names the setting, where it is, and the remedy. */
  message: string;
}
