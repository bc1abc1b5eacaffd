/** The overviews: all roles at once, and one for each role. */
import { type Line, say } from "./line.ts";
import { type State, tabOf } from "./state.ts";
import { allRoles } from "./view-cards.ts";
import { oneRole } from "./view-role.ts";

export function overview(state: State, width: number, height: number): Line[] {
  const tab = tabOf(state);
  const inner = width - 2;
  const lines = tab === "all" ? allRoles(state, inner, height) : oneRole(tab, state, inner, height);
  return lines.map((line) => [say(" "), ...line]);
}
