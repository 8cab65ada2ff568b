import { checkPurges } from "../../idempotency/admin/guards.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import { purge } from "../../idempotency/admin/purge.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { parse } from "../parse.ts";
import { atStore } from "./at-store.ts";
import { changeRecord } from "./change-record.ts";
import { type OpenStore, storeOptions, storeUsage } from "./open-store.ts";
import { idFrom, recordOptions, recordUsage } from "./which-record.ts";

const usage = `Usage: holdfast idempotency purge <which record> <where> [options]

Deletes one record. The next delivery of its key runs as new: of a completed one, the work is repeated.

${recordUsage}

${storeUsage}

  --force              also while a run holds the key
  --yes                without asking

Exit codes: 0 purged, 3 there is no such record, 4 it changed meanwhile and nothing was written,
5 refused or not agreed to, 1 the store failed, 2 the command line is wrong.`;

export function purgeCommand(open: OpenStore): Command {
  return withUsage(usage, async (args, io) => {
    const {
      force = false,
      yes = false,
      ...options
    } = parse({
      args: [...args],
      options: {
        ...recordOptions,
        ...storeOptions,
        force: { type: "boolean" },
        yes: { type: "boolean" },
      },
    });
    const id = idFrom(options);
    const { store } = await open(options, io);
    return changeRecord(io, store, {
      id,
      yes,
      options,
      check: (seen) => checkPurges(seen, force),
      plan: (seen) => ["It is deleted, and its next delivery runs as new.", ...warnings(seen)],
      async change(seen) {
        const answer = await atStore(io, (call) => purge(store, seen, { force }, call));
        return answer.purged ? { done: `${id} is purged.` } : { now: answer.now };
      },
    });
  });
}

function warnings({ status, record }: Inspection): readonly string[] {
  switch (status) {
    case "completed":
      return [
        "It is COMPLETED: the work was done, and a delivery after this does it AGAIN.",
        ...(record.state === "COMPLETED"
          ? [
              "Processes with a localCache replay the old result for up to its maxAgeMs (5 minutes unless set).",
            ]
          : []),
      ];
    case "unknown":
    case "abandoned":
      return ["The work may have been done: then a delivery after this does it again."];
    case "held":
      return ["A run holds it right now: the next delivery works beside it."];
    default:
      return [];
  }
}
