/**
 * ldk-node takes its LSP when it is built. A user that started before there was one on this machine is closed and
 * opened again as soon as one says where it is; commands wait meanwhile.
 */
import type { Clock } from "../clock.ts";
import type { RoleLife } from "./role-life.ts";

const LOOK_MS = 1_000;

/**
 * @param lspKnown whether a session that is opened now would have its LSP
 * @returns the same life, which ends the looking when it is closed
 */
export function awaitingLsp(life: RoleLife, lspKnown: () => boolean, clock: Clock): RoleLife {
  let cancel = clock.after(LOOK_MS, look);
  function look(): void {
    if (lspKnown()) life.reopen();
    else cancel = clock.after(LOOK_MS, look);
  }
  return {
    ...life,
    async close() {
      cancel();
      await life.close();
    },
  };
}
