import { compareEvents } from "../../events/compatibility/compare-events.ts";
import { type CompatibilityMode, MODES } from "../../events/compatibility/compatibility.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { painter } from "../paint.ts";
import { parseFiles } from "../parse-files.ts";
import { userEvents } from "../user-events.ts";
import { isBreaking, jsonReport, textReport } from "./report.ts";

const usage = `Usage: holdfast check-events <old> <new> [options]

Says whether events were changed so that somebody breaks: <old> and <new> are modules that export event definitions,
or catalogues that holdfast describe-events wrote with --json.

  --mode full          who has the new schema can read old events, and who has the old one can read new events. Default
  --mode backward      the first alone: for events whose consumers are all deployed before their publishers
  --mode forward       the second alone: for events that are neither kept nor replayed
  --strict             publishers may send properties that their schema does not name, where it does not forbid them
  --allow-unknown      passes what cannot be told
  --allow-removed      passes events that are there no more
  --json               for programs

Exit codes: 0 compatible, 1 not compatible, 2 the command line or a file is wrong.`;

/** `holdfast check-events`: whether a change of event definitions breaks a consumer. */
export const checkEvents: Command = withUsage(usage, async (args, io) => {
  const { values, files } = parseFiles({
    args: [...args],
    options: {
      mode: { type: "string", default: "full" },
      strict: { type: "boolean", default: false },
      "allow-unknown": { type: "boolean", default: false },
      "allow-removed": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const [before, after, ...others] = files;
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UsageError("Which two? Give the old file and the new one.");
  }
  const mode = modeFrom(values.mode);
  const [old, now] = [await userEvents(before, io.cwd), await userEvents(after, io.cwd)];
  const changes = compareEvents(old.events, now.events, { mode, strict: values.strict });
  const allowed = { unknown: values["allow-unknown"], removed: values["allow-removed"] };
  const report = { mode, allowed, changes };
  io.out(values.json ? jsonReport(report) : textReport(report, painter(io.hasColour)));
  // As with grep and diff: the answer is no.
  return changes.some((change) => isBreaking(change, allowed)) ? EXIT.failed : EXIT.done;
});

function modeFrom(text: string): CompatibilityMode {
  const mode = MODES.find((one) => one === text);
  if (mode === undefined) throw new UsageError(`--mode is one of ${MODES.join(", ")}.`);
  return mode;
}
