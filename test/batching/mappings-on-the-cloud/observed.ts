import type { Cloud } from "../../../examples/local/cloud.ts";
import type { CloudFact } from "../../../examples/local/services.ts";

/** One run of a record's work, as its function told it. */
export interface Run {
  readonly id: string;
  readonly requestId: string;
  /** Among all beginnings and ends of its function's runs. */
  readonly began: number;
  /** Both undefined when the process did not live to see it. */
  readonly ended: number | undefined;
  readonly ok: boolean | undefined;
  /** What a stream knows the record by. */
  readonly place: string;
}

/** What came of a mapping's records, seen from outside of its function. */
export interface Observed {
  readonly runs: readonly Run[];
  /** Invocations that gave an answer; of the others nothing is promised. */
  readonly answered: ReadonlySet<string>;
  readonly givenUp: readonly string[];
}

type Said =
  | { readonly began: string; readonly place: string }
  | { readonly ended: string; readonly ok: boolean };

export async function observe(
  cloud: Cloud,
  facts: readonly CloudFact[],
  { function: fn, dead }: { readonly function: string; readonly dead: string },
): Promise<Observed> {
  const own = facts.filter((fact) => "functionName" in fact && fact.functionName === `test-${fn}`);
  const runs = runsIn(own);
  const queue = cloud.stacks[0]?.queues.find(({ logicalId }) => logicalId === dead);
  const letters = await cloud.inspectQueue(queue?.name ?? "");
  return {
    runs,
    answered: new Set(
      own.flatMap((fact) => (fact.type === "invoke-end" && fact.outcome === "ok" ? [fact.requestId] : [])),
    ),
    givenUp: letters.flatMap(({ body }) => idsIn(body, runs)).sort(),
  };
}

function runsIn(facts: readonly CloudFact[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [moment, fact] of facts.entries()) {
    // The runtime writes its own lines of an invocation that failed.
    if (fact.type !== "log" || !fact.line.startsWith("{")) continue;
    const { requestId } = fact;
    const said: Said = JSON.parse(fact.line);
    if ("began" in said) {
      const { began: id, place } = said;
      runs.push({ id, requestId, place, began: moment, ended: undefined, ok: undefined });
      continue;
    }
    const { ended: id, ok } = said;
    const at = runs.findLastIndex((run) => run.id === id && run.ended === undefined);
    const run = runs[at];
    if (run !== undefined) runs[at] = { ...run, ok, ended: moment };
  }
  return runs;
}

/** The records of a letter: a stream's says where they are, any other holds them. */
function idsIn(letter: string, runs: readonly Run[]): readonly string[] {
  const held = /[A-Z]-\d-(?:good|once|never)/.exec(letter);
  if (held !== null) return [held[0]];
  const { KinesisBatchInfo: kinesis, DDBStreamBatchInfo: dynamodb } = JSON.parse(letter);
  const { startSequenceNumber: first, endSequenceNumber: last } = kinesis ?? dynamodb;
  const given = runs.filter(({ place }) => BigInt(place) >= BigInt(first) && BigInt(place) <= BigInt(last));
  return [...new Set(given.map(({ id }) => id))];
}
