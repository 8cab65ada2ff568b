import { type CataloguedEvent, catalogued, strangers } from "../../events/catalogue/catalogued-event.ts";
import { nameOf } from "../../events/catalogue/described-event.ts";
import { catalogueMarkdown } from "../../events/catalogue/markdown.ts";
import { inOrder } from "../../events/compatibility/compare-events.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { parseFiles } from "../parse-files.ts";
import { printable } from "../printable.ts";
import { checkNames, userEvents } from "../user-events.ts";
import { partiesOf } from "./parties.ts";
import { refusedByDefinition } from "./verify-example.ts";
import { writeWhole } from "./write-whole.ts";

const usage = `Usage: holdfast describe-events <file…> [options]

Writes a catalogue of events in Markdown: schemas as tables, an example, who publishes each and who takes it. The files
are modules that export event definitions, or catalogues in JSON.

  --parties FILE       JSON: {"order.service OrderPlaced": {"producers": ["shop"], "consumers": ["stock"]}}. A module can
                       say the same, exported as \`eventParties\`
  --json               the catalogue for programs: what holdfast check-events takes as the old side
  --out FILE           writes it there

Exit codes: 0 written, 1 the program failed, 2 the command line or a file is wrong.`;

/** `holdfast describe-events`: the catalogue. */
export const describeEvents: Command = withUsage(usage, async (args, io) => {
  const { values, files } = parseFiles({
    args: [...args],
    options: {
      parties: { type: "string" },
      json: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  if (files.length === 0) throw new UsageError("Which events? Give a module that exports their definitions.");
  const read = [];
  for (const file of files) read.push({ file, ...(await userEvents(file, io.cwd)) });
  const events = read.flatMap((one) => one.events).sort(inOrder);
  checkNames(files.join(" and "), events);
  const parties = partiesOf(read, values.parties, io.cwd);
  const [stranger] = strangers(events, parties);
  if (stranger !== undefined) {
    throw new UsageError(
      `The parties name ${printable(JSON.stringify(stranger))}, and there is no such event.`,
    );
  }
  const definitions = read.flatMap((one) => Object.values(one.exported));
  const list: CataloguedEvent[] = [];
  for (const event of events) {
    const described = catalogued(event, parties);
    const isRefused = await refusedByDefinition(described, definitions);
    if (isRefused) io.err(`${printable(nameOf(event))}: no example was found that its definition accepts.`);
    list.push(isRefused ? { ...described, example: undefined } : described);
  }
  const text = values.json ? `${JSON.stringify({ events: list }, null, 2)}\n` : catalogueMarkdown(list);
  if (values.out === undefined) io.out(text.trimEnd());
  else {
    writeWhole(values.out, text, io.cwd);
    io.err(`${values.out}: ${list.length === 1 ? "1 event" : `${list.length} events`}.`);
  }
  return EXIT.done;
});
