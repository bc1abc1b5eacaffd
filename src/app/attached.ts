/** Roles that run already on this machine, found by the sockets in their data folders. */
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { type Attachment, attachTo } from "../control/attach.ts";
import { socketPath } from "../control/socket-path.ts";
import type { Network, Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";
import { platformDataRoot, roleFolder } from "./data-folders.ts";
import type { Opened } from "./opened.ts";

const networks: readonly Network[] = ["mutinynet", "signet", "testnet", "bitcoin", "regtest"];
const roles: readonly Role[] = ["lsp", "user", "exchange"];

interface Around {
  env: Record<string, string | undefined>;
  clock: Clock;
}

/** The running role of these settings' folder; undefined where none runs. @throws ControlError */
export function runningRole(
  settings: Settings,
  network: Network,
  role: Role,
  { env, clock }: Around,
): Promise<Attachment | undefined> {
  const root = settings["data-dir"] ?? platformDataRoot(env);
  return attachTo(socketPath(roleFolder(root, network, role)), clock);
}

/** The one role that runs here and is what the settings name. @throws AppError `service_missing`, `missing_role` */
export async function theRunningRole(settings: Settings, around: Around): Promise<Attachment> {
  const found: Attachment[] = [];
  for (const network of settings.network === undefined ? networks : [settings.network]) {
    for (const role of settings.role === undefined ? roles : [settings.role]) {
      const one = await runningRole(settings, network, role, around);
      if (one !== undefined) found.push(one);
    }
  }
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  for (const one of found) one.close();
  if (only === undefined) throw noneRuns(settings, around);
  const list = found.map(({ hello }) => `${hello.role} on ${hello.network}`).join(", ");
  throw new AppError("missing_role", `More than one role runs here (${list}); say which with --role and --network.`);
}

function noneRuns(settings: Settings, { env }: Around): AppError {
  const root = settings["data-dir"] ?? platformDataRoot(env);
  const what = settings.role ?? "role";
  const where = settings.network === undefined ? "" : ` on ${settings.network}`;
  const start = `peer-stables --role ${settings.role ?? "lsp"}${settings.network === undefined ? "" : ` --network ${settings.network}`} --headless`;
  return new AppError("service_missing", `No ${what} runs${where} with its data in ${root}; start one: ${start}.`);
}

export function openedOf({ hello, session, scenario, gone, close }: Attachment): Opened {
  const { role, network, pid } = hello;
  const real = network === "bitcoin" ? " This is real bitcoin." : "";
  return {
    stage: { roles: [role], scenario, session: (name) => (name === role ? session : undefined) },
    greeting: `Attached to the ${role} on ${network} (process ${pid}).${real} Type help; exit leaves, and it runs on.`,
    gone,
    close: async () => close(),
  };
}
