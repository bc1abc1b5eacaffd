/** Draws a store on the terminal, and gives the terminal back. The only file that starts Ink. */
import { render } from "ink";
import { App, type Drawer } from "./app.tsx";
import type { Store } from "./store.ts";

export interface Drawing {
  /** Rejects with an error thrown while drawing; resolves once the screen is gone. */
  ended: Promise<unknown>;
  /** Hands the terminal back while `whileAway` runs, then draws again. */
  suspend(whileAway: () => Promise<void>): void;
  /** Everything again, as after something else wrote on the screen. */
  redraw(): void;
  /** Leaves the alternate screen; safe to call twice. */
  stop(): void;
}

/** @param mouse whether the terminal is asked for clicks and the wheel @param onFrame told the milliseconds that each frame took to write */
export function startDrawing(store: Store, mouse: boolean, onFrame?: (ms: number) => void): Drawing {
  let drawer: Drawer | undefined;
  const onMount = (one: Drawer): void => {
    drawer = one;
  };
  const instance = render(<App store={store} mouse={mouse} onMount={onMount} onFrame={onFrame} />, {
    alternateScreen: true,
    exitOnCtrlC: false,
    patchConsole: false,
    // CI in the environment would make even a terminal non-interactive; who asked for the screen gets it.
    interactive: true,
  });
  const ended = instance.waitUntilExit();
  ended.catch(() => undefined);
  return {
    ended,
    suspend(whileAway) {
      drawer?.suspend(whileAway).catch(() => undefined);
    },
    redraw: () => drawer?.redraw(),
    stop: () => instance.unmount(),
  };
}
