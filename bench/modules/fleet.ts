/**
 * A fleet whose dependency fails: what it costs the callers, the dependency and the table, beside models of two peers.
 *
 * The breaker is the real one; network, table, dependency and clocks are simulated, with freezes between invocations and clocks that are half a second off.
 * The figures depend on the seeds alone. Each environment makes two calls a second, one after the other, unless a line says otherwise: at more than some 500
 * environments that is more than one item of DynamoDB takes from a breaker that writes with every call.
 */
import type { Details } from "../details.ts";
import { againstBudget, besidePeer, type Row } from "../row.ts";
import { detailsOf } from "./fleet/details.ts";
import { ours } from "./fleet/ours.ts";
import { allRuns, type Group, type Run, SIZES } from "./fleet/plan.ts";
import { titled } from "./titled.ts";

let runs: readonly Run[] = [];

export async function rows(): Promise<readonly Row[]> {
  runs = await allRuns();
  const mine = runs.filter(({ contender }) => contender === ours.name);
  const of = (...groups: Group[]): readonly Run[] => mine.filter(({ group }) => groups.includes(group));
  const five = of("five in a hundred");
  return [
    againstBudget(titled("fleet", "leases")("most probe leases at once, of all runs", 1), [
      Math.max(...mine.map(({ mostLeases }) => mostLeases)),
    ]),
    ...SIZES.flatMap(failures),
    againstBudget(titled("fleet", "flaps")("60 % fail, 20 seeds of 50 and one of each size", 0), [
      sum([...of("flaps"), ...of("outage").filter(({ share }) => share === 0.6)], "flaps"),
    ]),
    ...[50, 1_000, 10_000].map((size) => {
      const those = five.filter(({ environments }) => environments === size);
      const name = `5 % fail, ${size} environments, ${those.length} seeds`;
      return againstBudget(titled("fleet", "false opens")(name, 0), [sum(those, "falseOpens")]);
    }),
    againstBudget(titled("fleet", "false opens")("5 % of 1000 environments are sick", 0), [
      sum(of("sick"), "falseOpens"),
    ]),
    againstBudget(titled("fleet", "writes/s")("peak, 10000 environments", 1_000), [
      Math.max(
        ...mine.filter(({ environments }) => environments === 10_000).map((run) => run.peakWritesPerSecond),
      ),
    ]),
    againstBudget(titled("fleet", "writes")("while all is well", 0), [sum(mine, "calmWrites")]),
  ];
}

export function details(): Details {
  return detailsOf(runs);
}

/** What an outage costs the callers, beside each peer; the target is for the better one. */
function failures(size: number): readonly Row[] {
  const those = runs.filter(
    ({ group, share, environments }) => group === "outage" && share === 1 && environments === size,
  );
  const [own, ...peers] = those;
  if (own === undefined) return [];
  const least = Math.min(...peers.map(({ failuresBeforeOpen }) => failuresBeforeOpen));
  return peers.map(({ contender, failuresBeforeOpen }) => {
    const isBetter = failuresBeforeOpen === least;
    const target = isBetter ? (size < 1_000 ? 1 : 0.6) : undefined;
    const title = titled("fleet", "failures")(`until open, ${size} environments`, target);
    return besidePeer(title, [own.failuresBeforeOpen], contender, [failuresBeforeOpen]);
  });
}

function sum(those: readonly Run[], figure: "flaps" | "falseOpens" | "calmWrites"): number {
  return those.reduce((total, run) => total + run[figure], 0);
}
