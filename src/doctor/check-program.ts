/** The program itself: its settings and its native library. */
import { reasonOf } from "../errors.ts";
import { findLibrary, loadLibrary } from "../ffi/library.ts";
import { ABI_VERSION } from "../ffi/symbols.ts";
import { type Check, fail, ok } from "./check.ts";

export const settingsCheck: Check = {
  name: "settings",
  summary: "flags, environment and config file are right",
  run({ settingProblems }) {
    if (settingProblems.length === 0) return [ok("all right")];
    return settingProblems.map((problem) => fail(problem, "peer-stables config show says where each value comes from"));
  },
};

export const libraryCheck: Check = {
  name: "native library",
  summary: "it is there and speaks this program's ABI version",
  run({ env }) {
    try {
      loadLibrary({ env });
      return [ok(`ABI version ${ABI_VERSION}, ${findLibrary({ env })}`)];
    } catch (error) {
      return [fail(reasonOf(error), "without it no role starts")];
    }
  },
};
