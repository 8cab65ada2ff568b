import { equal, type Rule } from "../../rule.ts";
import { ask, call, claimed, completion, type IdempotencyStoreSubject, refusedBy } from "../subject.ts";
import { claimedWith, noted, overMs, stepsIn, takenBy } from "./subject.ts";

/** Names that an object, an expression, a path or a pattern may take for something of its own. */
const HOSTILE_NAMES: readonly string[] = [
  ...["__proto__", "___proto__", "_proto__", "constructor", "toString", "length", "hasOwnProperty"],
  ...["state", "owner", "v", "result", "steps", "step:a", "#s0", ":s0", "0", "-1", "true", "null"],
  ...["a.b", "a-b", "a[0]", "$.a", " ", " a ", "a b", "''", '"', "\\", "\\u0000", "{}", "%", "*", "a:b", "~"],
  String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index)),
  "x".repeat(100),
];

/** What names and texts a step may have. */
export const stepTextRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "a step may have any name of printable characters: all of them are data",
    async run(subject) {
      const entries = HOSTILE_NAMES.map((name, index) => [name, `${index}`] as const);
      const lease = await claimed(subject, ask("a"));
      for (const [name, text] of entries) await noted(subject, lease, { steps: { [name]: text } });
      const { took } = await takenBy(subject, ask("b", { nowMs: overMs }));
      const shown = [...Object.entries(took.steps ?? {})].sort(byName);
      equal("took", shown, [...entries].sort(byName));
      equal("read", [...Object.entries((await stepsIn(subject)) ?? {})].sort(byName), shown);
    },
  },
  {
    name: "steps of hostile names may be written all at once, and are no fields of the record",
    async run(subject) {
      const steps = Object.fromEntries(HOSTILE_NAMES.map((name) => [name, "x"]));
      const lease = await claimed(subject, ask("a"));
      const { steps: _, ...before } = (await subject.store.read(lease.id, call)) ?? {};
      await noted(subject, lease, { steps });
      const { steps: shown, ...after } = (await subject.store.read(lease.id, call)) ?? {};
      equal("record", after, before);
      equal("names", Object.keys(shown ?? {}).sort(), [...HOSTILE_NAMES].sort());
      await noted(subject, lease, completion("42"));
      equal("read", await stepsIn(subject, lease.id), undefined);
    },
  },
  {
    name: "a name that no step has is not in the steps, whatever an object inherits",
    async run(subject) {
      await claimedWith(subject, { a: "1" });
      const steps = (await stepsIn(subject)) ?? {};
      for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty"]) {
        equal(name, name in steps, false);
      }
    },
  },
  {
    name: "texts of steps come back as they were, whatever they hold",
    async run(subject) {
      const odd = String.raw`{"text":"a\u0000b \ud800","$1":"'\"\n"}`;
      const steps = { odd, large: "é".repeat(50_000), empty: "" };
      await claimedWith(subject, steps);
      const { took } = await takenBy(subject, ask("b", { nowMs: overMs }));
      equal("took", took.steps, steps);
    },
  },
  {
    name: "a record has room for 350,000 bytes of steps",
    async run(subject) {
      const steps = { a: "x".repeat(175_000), b: "y".repeat(175_000) };
      const lease = await claimedWith(subject, { a: steps.a });
      await noted(subject, lease, { steps: { b: steps.b } });
      for (const shown of [await subject.store.read(lease.id, call), await refusedBy(subject, ask("b"))]) {
        equal("steps", [shown?.steps?.["a"] === steps.a, shown?.steps?.["b"] === steps.b], [true, true]);
      }
      await noted(subject, lease, completion("42"));
      equal("steps", await stepsIn(subject, lease.id), undefined);
    },
  },
  {
    name: "what is shown, and what was given, is a copy: who changes it changes no record",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const given = { a: "1" };
      await noted(subject, lease, { steps: given });
      given.a = "changed";
      for (const shown of [await subject.store.read(lease.id, call), await refusedBy(subject, ask("b"))]) {
        // It may also be frozen.
        Reflect.set(shown?.steps ?? {}, "a", "changed");
        Reflect.set(shown ?? {}, "steps", {});
      }
      equal("steps", await stepsIn(subject), { a: "1" });
    },
  },
  {
    name: "keys do not see each other's steps",
    async run(subject) {
      await claimedWith(subject, { a: "1" });
      await claimedWith(subject, { a: "2" }, "contract#other");
      equal(
        "steps",
        [await stepsIn(subject), await stepsIn(subject, "contract#other")],
        [{ a: "1" }, { a: "2" }],
      );
    },
  },
];

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
