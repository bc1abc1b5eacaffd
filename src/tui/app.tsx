/** The one component: rows to the terminal, keys to the store. Ink has the terminal's modes, the keyboard and the end. */
import { useApp, useInput, usePaste, useStdout, useWindowSize } from "ink";
import { useCallback, useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { decodeKeys } from "./decode-keys.ts";
import { MOUSE_OFF, MOUSE_ON, type MousePress } from "./decode-mouse.ts";
import type { Store } from "./store.ts";
import { repainted } from "./terminal-rows.ts";
import { useMouse } from "./use-mouse.ts";

/** What the outside can ask of the component that draws. */
export interface Drawer {
  /** Hands the terminal back while `whileAway` runs, then draws everything again. */
  suspend(whileAway: () => Promise<void>): Promise<void>;
  redraw(): void;
}

export interface AppProps {
  store: Store;
  /** Clicks and the wheel come here instead of selecting text. */
  mouse: boolean;
  onMount(drawer: Drawer): void;
  /** Told the milliseconds each frame took to write. */
  onFrame?: ((ms: number) => void) | undefined;
}

export function App({ store, mouse, onMount, onFrame }: AppProps) {
  const frame = useSyncExternalStore(store.subscribe, store.frame);
  const { columns, rows } = useWindowSize();
  const { stdout } = useStdout();
  const { suspendTerminal } = useApp();
  /** What the terminal shows; undefined where that isn't known. */
  const shown = useRef<{ frame: readonly string[]; columns: number; rows: number }>(undefined);
  const away = useRef(false);

  function draw(): void {
    const { size } = store.state();
    // A frame of the old size is never drawn on a screen that became another.
    if (away.current || size.columns !== columns || size.rows !== rows) return;
    const began = performance.now();
    const last = shown.current;
    const same = last !== undefined && last.columns === columns && last.rows === rows;
    const bytes = repainted(same ? last.frame : undefined, store.frame());
    shown.current = { frame: store.frame(), columns, rows };
    if (bytes !== "") stdout.write(bytes);
    onFrame?.(performance.now() - began);
  }

  const drawer = useRef(draw);
  drawer.current = draw;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the frame is what it draws
  useLayoutEffect(() => drawer.current(), [frame, columns, rows]);
  useEffect(() => {
    const redraw = (): void => {
      shown.current = undefined;
      drawer.current();
    };
    onMount({
      redraw,
      async suspend(whileAway) {
        away.current = true;
        if (mouse) stdout.write(MOUSE_OFF);
        try {
          await suspendTerminal(whileAway);
        } finally {
          away.current = false;
          if (mouse) stdout.write(MOUSE_ON);
          redraw();
        }
      },
    });
  }, [onMount, suspendTerminal, stdout, mouse]);
  useEffect(() => {
    const { size } = store.state();
    if (size.columns !== columns || size.rows !== rows) store.dispatch({ type: "resize", columns, rows });
  }, [store, columns, rows]);
  const onMouse = useCallback((presses: readonly MousePress[]) => store.dispatch({ type: "press", presses }), [store]);
  useMouse(mouse, onMouse);
  useInput((input, key) => {
    const presses = decodeKeys(input, key);
    if (presses.length > 0) store.dispatch({ type: "press", presses });
  });
  usePaste((text) => store.dispatch({ type: "paste", text }));
  return null;
}
