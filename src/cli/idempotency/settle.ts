import { TerminalError } from "../../core/errors.ts";
import { checkSettles } from "../../idempotency/admin/guards.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import { settle } from "../../idempotency/admin/settle.ts";
import type { Finding } from "../../idempotency/admin/settlement.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { UsageError } from "../io.ts";
import { parse } from "../parse.ts";
import { atStore } from "./at-store.ts";
import { changeRecord } from "./change-record.ts";
import { type OpenStore, storeOptions, storeUsage } from "./open-store.ts";
import { idFrom, recordOptions, recordUsage } from "./which-record.ts";
import { stateInWords } from "./words.ts";

const usage = `Usage: holdfast idempotency settle <which record> <where> --as completed|released|failed [options]

For a key whose outcome is unknown, or whose run was abandoned. Find out first whether the work was done.

${recordUsage}

${storeUsage}

  --as completed       it was done: repeats are not run, and get
    --result JSON      this result; without one, an error (IDEMPOTENCY_RESULT_NOT_STORED)
  --as released        it was not done: the next delivery runs it
  --as failed          it must not be done: repeats get an error
    --message TEXT     with this message
  --force              also while a run holds the key
  --yes                without asking

Exit codes: 0 settled, 3 there is no such record, 4 it changed meanwhile and nothing was written,
5 refused or not agreed to, 1 the store failed, 2 the command line is wrong.`;

export function settleCommand(open: OpenStore): Command {
  return withUsage(usage, async (args, io) => {
    const {
      as,
      result,
      message,
      force = false,
      yes = false,
      ...options
    } = parse({
      args: [...args],
      options: {
        ...recordOptions,
        ...storeOptions,
        as: { type: "string" },
        result: { type: "string" },
        message: { type: "string" },
        force: { type: "boolean" },
        yes: { type: "boolean" },
      },
    });
    const id = idFrom(options);
    const finding = findingFrom(as, result, message);
    const { store, results } = await open(options, io);
    return changeRecord(io, store, {
      id,
      yes,
      options,
      check: (seen) => checkSettles(seen, force),
      plan: (seen) => [
        `It is settled as ${finding.as}: ${CONSEQUENCES[finding.as]("result" in finding, seen)}`,
        `Only while it is as shown: fence ${seen.record.fence}, ${seen.record.state}.`,
        ...(seen.status === "held" ? [HELD] : []),
      ],
      async change(seen) {
        const answer = await atStore(io, (call) =>
          settle(store, seen, { ...finding, force, ...(results === undefined ? {} : { results }) }, call),
        );
        return answer.settled ? { done: `${id}: ${stateInWords(answer.now)}` } : { now: answer.now };
      },
    });
  });
}

const HELD =
  "A run holds it right now: it can record nothing any more, but what it has sent stays sent, and it may send more.";

const CONSEQUENCES: Readonly<Record<Finding["as"], (hasResult: boolean, seen: Inspection) => string>> = {
  completed: (hasResult, seen) =>
    (hasResult
      ? "repeats get the result given, and the work is not run again."
      : "repeats are refused (IDEMPOTENCY_RESULT_NOT_STORED), and the work is not run again.\nWhere nobody reads the result, --result null answers them instead.") +
    (seen.steps?.failure === undefined ? "" : warningOf(seen)),
  released: (_, { record, steps }) => {
    if (steps?.failure !== undefined) return "the next delivery goes on taking back what is left.";
    if (record.steps === undefined)
      return "the next delivery runs the work. Is it certain that it was not done?";
    return "the next delivery goes on after the steps that are done. Is it certain that no further one was?";
  },
  failed: (_, seen) => `repeats get an error, and the work is not run again.${warningOf(seen)}`,
};

/** Settled for good, nobody takes back any more what steps have done. */
function warningOf({ steps }: Inspection): string {
  const owed = steps?.list.filter(({ state }) => state === "owed").map(({ name }) => name) ?? [];
  return owed.length === 0
    ? ""
    : `\nWhat these steps have done is not taken back: ${owed.join(", ")}. Do that first.`;
}

function findingFrom(
  as: string | undefined,
  result: string | undefined,
  message: string | undefined,
): Finding {
  if (result !== undefined && as !== "completed") throw new UsageError("--result belongs to --as completed.");
  if (message !== undefined && as !== "failed") throw new UsageError("--message belongs to --as failed.");
  switch (as) {
    case "completed":
      return result === undefined ? { as } : { as, result: jsonOf(result) };
    case "released":
      return { as };
    case "failed":
      return message === undefined ? { as } : { as, error: new TerminalError(message) };
    default:
      throw new UsageError("How did it end? --as completed, --as released or --as failed.");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("--result is no JSON. A text is written with its quotes: --result '\"done\"'.");
  }
}
