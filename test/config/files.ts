/** Files as the settings' readers see them. */
import type { Files } from "../../src/config/resolve.ts";

/** @param texts by path */
export function filesOf(texts: Readonly<Record<string, string>>, open: readonly string[] = []): Files {
  return {
    readFile(path) {
      const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    openToOthers: (path) => open.includes(path),
  };
}

export const noFiles: Files = filesOf({});
export const oneFile = (path: string, text: string): Files => filesOf({ [path]: text });
