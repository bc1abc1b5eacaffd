import type { Stage } from "../script/stage.ts";

/** Something to play on, and the way to leave it. */
export interface Opened {
  stage: Stage;
  /** What a prompt begins with. */
  greeting: string;
  /** Where it runs in another process: rejects once that is gone. */
  gone?: Promise<never>;
  close(): Promise<void>;
}
