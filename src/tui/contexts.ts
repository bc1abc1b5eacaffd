/** Where a key goes, by what is on the screen. */
import type { Context } from "./keys.ts";
import type { State } from "./state.ts";

/** Which tables of keys are looked in, the first one that has the key winning. */
export function contextsOf(state: State): readonly Context[] {
  if (state.overlay !== undefined) return ["overlay"];
  if (state.focus !== "screen") return ["line"];
  const shown: readonly Context[] = state.output === undefined ? [] : ["overlay"];
  if (state.pane !== "overview") return ["list", ...shown, "screen"];
  return state.setting.demo ? ["demo", ...shown, "screen"] : [...shown, "screen"];
}
