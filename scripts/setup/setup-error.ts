/** What keeps the project from being set up, told as it will be printed: what is wrong, why it matters, what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}
