/** The components: a column of rows, and the keyboard. All else is in the store. */
import { Box, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import { memo, useEffect, useSyncExternalStore } from "react";
import { decodeKeys } from "./decode-keys.ts";
import type { Store } from "./store.ts";

const Row = memo(function Row({ text }: { text: string }) {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

export interface AppProps {
  store: Store;
  /** Told how to hand the terminal back for a while. */
  onMount(suspend: (whileAway: () => Promise<void>) => Promise<void>): void;
}

export function App({ store, onMount }: AppProps) {
  const frame = useSyncExternalStore(store.subscribe, store.frame);
  const { columns, rows } = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => onMount((whileAway) => suspendTerminal(whileAway)), [onMount, suspendTerminal]);
  useEffect(() => {
    const { size } = store.state();
    if (size.columns !== columns || size.rows !== rows) store.dispatch({ type: "resize", columns, rows });
  }, [store, columns, rows]);
  useInput((input, key) => {
    const presses = decodeKeys(input, key);
    if (presses.length > 0) store.dispatch({ type: "press", presses });
  });
  usePaste((text) => store.dispatch({ type: "paste", text }));
  // A frame of the old size is never drawn on a screen that became smaller.
  const shown = frame.slice(0, rows);
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      {shown.map((text, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Row key={i} text={text} />
      ))}
    </Box>
  );
}
