/** Ink drops what the mouse sends; it is read beside it. */
import { useStdin, useStdout } from "ink";
import { useEffect } from "react";
import { MOUSE_OFF, MOUSE_ON, type MousePress, mouseReader } from "./decode-mouse.ts";

/** Asks the terminal for the mouse as long as the component is there. @param on whether at all */
export function useMouse(on: boolean, onPresses: (presses: readonly MousePress[]) => void): void {
  const { stdin } = useStdin();
  const { stdout } = useStdout();
  useEffect(() => {
    if (!on) return;
    const read = mouseReader();
    const listen = (chunk: Buffer | string): void => {
      const presses = read(chunk.toString());
      if (presses.length > 0) onPresses(presses);
    };
    stdin.on("data", listen);
    stdout.write(MOUSE_ON);
    return () => {
      stdin.off("data", listen);
      stdout.write(MOUSE_OFF);
    };
  }, [on, onPresses, stdin, stdout]);
}
