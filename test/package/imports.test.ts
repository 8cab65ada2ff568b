import { expect, test } from "vitest";
import { entries, program } from "../../tools/entries.ts";
import { findCycle, type Import, importsOf, importsOfSources, reachableFrom } from "./import-graph.ts";

const imports = importsOfSources();

/** What a module may import besides core. Types count as well: a declaration file that names a module loads it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  retry: ["aws"],
  "circuit-breaker": ["aws", "retry"],
  observability: [],
  aws: [],
  "object-store": ["aws"],
  crypto: ["aws"],
  backup: ["aws", "crypto"],
  idempotency: ["aws", "object-store", "crypto"],
  batching: ["aws", "retry"],
  events: ["batching", "aws", "idempotency", "object-store"],
  cli: ["aws", "backup", "circuit-breaker", "crypto", "events", "idempotency"],
  testing: [
    "aws",
    "batching",
    "circuit-breaker",
    "events",
    "idempotency",
    "object-store",
    "observability",
    "retry",
  ],
};

function moduleOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function told({ from, to }: Import): string {
  return `${from} imports ${to}`;
}

test("the sources were read: there are imports, of files and of packages", () => {
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.some(({ to }) => to.startsWith("@aws-sdk/"))).toBe(true);
});

test("a module imports core and the few modules it is built on, nothing else", () => {
  const wrong = imports.filter(({ from, to }) => {
    const [here, there] = [moduleOf(from), moduleOf(to)];
    if (here === undefined || !to.startsWith("src/") || here === there || there === "core") return false;
    return there === undefined || !(allowed[here] ?? []).includes(there);
  });
  expect(wrong.map(told)).toEqual([]);
});

test("every folder of src is in the list of what it may import", () => {
  const folders = new Set(imports.flatMap(({ from }) => moduleOf(from) ?? []));
  expect([...folders].filter((folder) => !Object.hasOwn(allowed, folder))).toEqual([]);
});

test("the root offers core alone", () => {
  const wrong = imports.filter(({ from, to }) => from === "src/index.ts" && moduleOf(to) !== "core");
  expect(wrong.map(told)).toEqual([]);
});

test("the program is reached from no subpath", () => {
  const reached = Object.values(entries).flatMap((file) => [...reachableFrom(file, imports)]);
  expect(reached.filter((file) => moduleOf(file) === "cli")).toEqual([]);
});

test("the program loads a command, and the store of a command, only when it is run", () => {
  const eager = imports.filter(({ kind }) => kind === "static");
  const loaded = [...reachableFrom(program.file, eager)];
  expect(
    loaded.filter((file) => !/^src\/(cli\/[^/]+|core\/(errors|runtime\/runtime))\.ts$/.test(file)),
  ).toEqual([]);
});

test("no file imports itself, by whatever way round", () => {
  expect(findCycle(imports)).toBeUndefined();
});

test("importing the root loads nothing but its own files", () => {
  const outside = [...reachableFrom(entries["."], imports)].filter((file) => !file.startsWith("src/"));
  expect(outside).toEqual([]);
});

test("AWS clients are imported by src/aws alone, and reached from ./aws/… and ./testing alone", () => {
  const clients = imports.filter(({ to }) => to.startsWith("@aws-sdk/") || to.startsWith("@smithy/"));
  expect(clients.filter(({ from }) => !from.startsWith("src/aws/")).map(told)).toEqual([]);
  const reaching = Object.entries(entries).filter(([, file]) =>
    [...reachableFrom(file, imports)].some((to) => to.startsWith("@aws-sdk/")),
  );
  expect(
    reaching.map(([subpath]) => subpath).filter((subpath) => !/^\.\/(aws|testing)/.test(subpath)),
  ).toEqual([]);
});

test("ajv is imported by events alone, and only when a schema is first compiled", () => {
  const ajv = imports.filter(({ to, kind }) => /^ajv($|\/|-)/.test(to) && kind !== "type");
  expect(ajv.filter(({ from, kind }) => moduleOf(from) !== "events" || kind !== "dynamic").map(told)).toEqual(
    [],
  );
});

test("events that were compiled before never reach ajv, nor what compiles", () => {
  const reached = [
    ...reachableFrom(
      entries["./events/compiled"],
      imports.filter(({ kind }) => kind !== "type"),
    ),
  ];
  expect(reached.filter((to) => !to.startsWith("src/") || /compile-schema|patterns\/judge/.test(to))).toEqual(
    [],
  );
});

test("no source imports node: statically, for that costs cold starts: process.getBuiltinModule does it when needed", () => {
  const wrong = imports.filter(({ to, kind }) => to.startsWith("node:") && kind !== "type");
  expect(wrong.map(told)).toEqual([]);
});

test("nothing but optional peers is imported", () => {
  const known =
    /^(@aws-sdk\/client-(dynamodb|eventbridge|kms|s3|sqs)|ajv|@opentelemetry\/api|vitest|node:.*)($|\/)/;
  const wrong = imports.filter(({ to }) => !to.startsWith("src/") && !known.test(to));
  expect(wrong.map(told)).toEqual([]);
});

test("imports are read in all their forms", () => {
  const text = `
    import a from "./a.ts";
    import type { B } from "./b.ts";
    import { type C } from "./c.ts";
    import { type D, d } from "./d.ts";
    import "./e.ts";
    export * from "../f.ts";
    export type { G } from "./g.ts";
    export const h = async (): Promise<import("./t.ts").T> => import("h");
  `;
  expect(importsOf("src/x/y.ts", text).map(({ to, kind }) => `${kind} ${to}`)).toEqual([
    "static src/x/a.ts",
    "type src/x/b.ts",
    "type src/x/c.ts",
    "static src/x/d.ts",
    "static src/x/e.ts",
    "static src/f.ts",
    "type src/x/g.ts",
    "type src/x/t.ts",
    "dynamic h",
  ]);
});

test("a way round is found, however long", () => {
  const edge = (from: string, to: string): Import => ({ from, to, kind: "static" });
  expect(findCycle([edge("a", "b"), edge("b", "c"), edge("x", "c")])).toBeUndefined();
  expect(findCycle([edge("a", "b"), edge("b", "c"), edge("c", "b")])).toEqual(["b", "c", "b"]);
});
