import { type Command, withUsage } from "../dispatch.ts";
import { EXIT } from "../io.ts";
import { painter } from "../paint.ts";
import { parse } from "../parse.ts";
import { look } from "./at-store.ts";
import { type OpenStore, storeOptions, storeUsage } from "./open-store.ts";
import { jsonOf, reportOf } from "./report.ts";
import { hintFor, idFrom, recordOptions, recordUsage } from "./which-record.ts";

const usage = `Usage: holdfast idempotency inspect <which record> <where> [options]

${recordUsage}

${storeUsage}

  --result             shows the result too: it may be personal data
  --json               for programs

Exit codes: 0 found, 3 there is no such record, 1 the store failed, 2 the command line is wrong.`;

export function inspectCommand(open: OpenStore): Command {
  return withUsage(usage, async (args, io) => {
    const { result, json, ...options } = parse({
      args: [...args],
      options: {
        ...recordOptions,
        ...storeOptions,
        result: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const id = idFrom(options);
    const { store } = await open(options, io);
    const seen = await look(io, store, id);
    if (seen === undefined) {
      if (json === true) io.out(JSON.stringify({ found: false, id }, null, 2));
      io.err(`There is no record ${id}: its next delivery runs as new.\n${hintFor(options)}`);
      return EXIT.notFound;
    }
    const shown = { withResult: result === true };
    io.out(json === true ? jsonOf(seen, shown) : reportOf(seen, shown, painter(io.hasColour)));
    return EXIT.done;
  });
}
