/** Where peers reach us, and whether we reach the LSP. */
import { connect, createServer } from "node:net";
import { reasonOf } from "../errors.ts";
import { type Check, type Finding, fail, type KnownLsp, ok, type RoleData, skip, warn } from "./check.ts";

const TIMEOUT_MS = 5_000;

function hostPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(address.slice(at + 1)) };
}

/** Undefined once connected, else why not. */
function connects(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...hostPort(address), timeout: TIMEOUT_MS });
    const end = (reason: string | undefined) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(`no answer within ${TIMEOUT_MS / 1_000} s`));
    socket.once("error", (error) => end(reasonOf(error)));
  });
}

/** Undefined where the address can be listened on, else why not. */
function binds(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(reasonOf(error)));
    server.listen(hostPort(address), () => server.close(() => resolve(undefined)));
  });
}

async function listenFinding({ role, listen, pid }: RoleData): Promise<Finding> {
  const { host, port } = hostPort(listen);
  const here = host === "0.0.0.0" || host === "::" ? `127.0.0.1:${port}` : listen;
  if (pid !== undefined) {
    const reason = await connects(here);
    if (reason === undefined) return ok(`${role}: process ${pid} answers on ${listen}`);
    return fail(
      `${role}: process ${pid} runs and does not answer on ${listen} (${reason})`,
      "see its log, and whether --listen is the one it was started with",
    );
  }
  const reason = await binds(listen);
  if (reason === undefined) return ok(`${role}: ${listen} is free`);
  return fail(
    `${role}: ${listen} cannot be listened on (${reason})`,
    "stop what uses it, or name another with --listen",
  );
}

export const portCheck: Check = {
  name: "ports",
  summary: "the listening address is free, or the running role answers on it",
  async run({ roles, network }) {
    if (roles.length === 0) return [skip("name a role with --role")];
    const findings = await Promise.all(roles.map(listenFinding));
    const outside = roles.some(({ role, listen }) => role !== "user" && /^(0\.0\.0\.0|\[::\]):/.test(listen));
    if (!outside || network === "regtest") return findings;
    return [...findings, skip("whether peers get through the firewall only a machine outside can tell")];
  },
};

export const lspCheck: Check = {
  name: "LSP",
  summary: "the addresses of all that are known accept connections",
  async run({ lsps, roles }) {
    const wanted = roles.some(({ role }) => role !== "lsp");
    if (!wanted) return [skip("this is the LSP, or no role is named")];
    const known = lsps();
    if (known.length === 0) {
      return [warn("none is named and none left its address on this machine", "name one with --lsp NODEID@HOST:PORT")];
    }
    return Promise.all(known.map((one) => lspFinding(one, known.length > 1)));
  },
};

/** Without the one in use there is no new channel; with another away there is less to choose from. */
async function lspFinding({ address, inUse }: KnownLsp, several: boolean): Promise<Finding> {
  const name = several && inUse ? `${address}, the one in use,` : address;
  const reason = await connects(address);
  if (reason === undefined) return ok(`${name} accepts connections`);
  const says = `${name} cannot be reached (${reason})`;
  const remedy = "check the address with who runs the LSP, and this machine's firewall";
  return inUse ? fail(says, remedy) : warn(says, remedy);
}
