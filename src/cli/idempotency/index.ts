import { type Command, type Commands, dispatch } from "../dispatch.ts";
import { type OpenStore, openStore } from "./open-store.ts";

/** `holdfast idempotency …`, on stores opened this way. */
export function idempotencyWith(open: OpenStore): Command {
  const commands: Commands = {
    inspect: {
      says: "shows the record of a key, and what its next delivery would do",
      load: async () => (await import("./inspect.ts")).inspectCommand(open),
    },
    settle: {
      says: "writes how a key whose outcome is unknown ended",
      load: async () => (await import("./settle.ts")).settleCommand(open),
    },
    purge: {
      says: "deletes the record of a key, so that its next delivery runs as new",
      load: async () => (await import("./purge.ts")).purgeCommand(open),
    },
  };
  return dispatch("holdfast idempotency", commands);
}

export const idempotency: Command = idempotencyWith(openStore);
