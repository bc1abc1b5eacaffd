/** The same rows drawn by Ink itself, one `<Text>` each: what the dashboard's own writing is compared with. */
import { Box, render, Text, useInput } from "ink";
import { memo, useSyncExternalStore } from "react";
import { decodeKeys } from "../src/tui/decode-keys.ts";
import type { Drawing } from "../src/tui/start.tsx";
import type { Store } from "../src/tui/store.ts";

const Row = memo(function Row({ text }: { text: string }) {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

function Rows({ store }: { store: Store }) {
  const frame = useSyncExternalStore(store.subscribe, store.frame);
  const { columns, rows } = store.state().size;
  useInput((input, key) => store.dispatch({ type: "press", presses: decodeKeys(input, key) }));
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      {frame.map((text, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Row key={i} text={text} />
      ))}
    </Box>
  );
}

export function startInkRows(store: Store, onFrame: (ms: number) => void): Pick<Drawing, "stop"> {
  const instance = render(<Rows store={store} />, {
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    onRender: ({ renderTime }) => onFrame(renderTime),
  });
  return { stop: () => instance.unmount() };
}
