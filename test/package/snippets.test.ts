import { describe, expect, test } from "vitest";
import { entries } from "../../tools/entries.ts";
import {
  root,
  type Snippet,
  skippedOf,
  skippedOfProject,
  snippetsOf,
  snippetsOfProject,
} from "./snippets/collect.ts";
import { type Exported, exportsOf } from "./snippets/exports.ts";
import {
  moduleOf,
  type NameSource,
  PRELUDE,
  PRELUDE_SPECIFIER,
  problemsOf,
  programOf,
} from "./snippets/typecheck.ts";

const sources = programOf([...Object.values(entries).map((file) => root + file), PRELUDE]);
const prelude = exportsOf(sources, PRELUDE);
const published = Object.entries(entries).map(([subpath, file]) => ({
  specifier: `holdfast${subpath.slice(1)}`,
  exports: exportsOf(sources, root + file),
  importable: true,
}));
const clients = [
  ["@aws-sdk/client-dynamodb", "DynamoDBClient"],
  ["@aws-sdk/client-eventbridge", "EventBridgeClient"],
  ["@aws-sdk/client-kms", "KMSClient"],
  ["@aws-sdk/client-s3", "S3Client"],
  ["@aws-sdk/client-sns", "PublishBatchCommand"],
  ["@aws-sdk/client-sns", "SNSClient"],
  ["@aws-sdk/client-sqs", "SendMessageBatchCommand"],
  ["@aws-sdk/client-sqs", "SQSClient"],
  ["ioredis", "Redis"],
  ["pg", "Pool"],
] as const;
const names: NameSource[] = [
  ...published,
  ...clients.map(([specifier, name]) => ({
    specifier,
    exports: [exported(name, "class")],
    importable: true,
  })),
  { specifier: PRELUDE_SPECIFIER, exports: prelude, importable: false },
];

function exported(name: string, kind: Exported["kind"]): Exported {
  return { name, kind, doc: "", tags: [] };
}

const snippets = snippetsOfProject();
/** The control: line 8 of its page is wrong, and line 9 of the other does not parse. */
const wrongType: Snippet = {
  file: "control.md",
  line: 7,
  code: "const call = rootCall();\ncall.attempt = 2;",
};
const wrongSyntax: Snippet = { file: "control.md", line: 8, code: "// Steps\nconst pseudo = { … };" };
const problems = problemsOf([...snippets, wrongType, wrongSyntax], names, sources);

describe("snippets", () => {
  test.each(snippets.map((snippet) => ({ title: `${snippet.file}:${snippet.line}`, snippet })))(
    "$title compiles",
    ({ snippet }) => {
      expect(problems.get(snippet)).toEqual([]);
    },
  );

  test("a snippet that does not compile is told with file, line and message", () => {
    expect(problems.get(wrongType)).toEqual([
      "control.md:8 Cannot assign to 'attempt' because it is a read-only property.",
    ]);
    expect(problems.get(wrongSyntax)?.[0]).toMatch(/^control\.md:9 /);
  });

  test("the README and the docstrings have some", () => {
    expect(snippets.filter(({ file }) => file === "README.md")).not.toEqual([]);
    expect(snippets.filter(({ file }) => file.startsWith("src/")).length).toBeGreaterThan(20);
  });

  test("those that are not compiled are known, and each says why", () => {
    expect(skippedOfProject()).toEqual([{ file: "docs/idempotency.md", why: "needs aws-cdk-lib" }]);
  });

  test("the prelude has no name that no snippet uses, and none that the package has", () => {
    const code = snippets.map((snippet) => snippet.code).join("\n");
    const unused = prelude.filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(code));
    expect(unused.map(({ name }) => name)).toEqual([]);
    const taken = new Set(published.flatMap((source) => source.exports.map(({ name }) => name)));
    expect(prelude.filter(({ name }) => taken.has(name)).map(({ name }) => name)).toEqual([]);
  });
});

describe("collecting", () => {
  test("a page's and a docstring's blocks are found with the line of their first code", () => {
    expect(snippetsOf("a.md", "Text\n```ts\nconst a = 1;\n\n  a;\n```\n```sh\nls\n```\n")).toEqual([
      { file: "a.md", line: 3, code: "const a = 1;\n\n  a;" },
    ]);
    expect(
      snippetsOf("a.ts", "  /**\n   * @example\n   * ```ts\n   * if (a) {\n   *\n   * }\n   * ```\n   */"),
    ).toEqual([{ file: "a.ts", line: 4, code: "if (a) {\n\n}" }]);
  });

  test("a block that is skipped says why; one that is skipped in another way is an error", () => {
    const text = "```ts skip: needs a compiler\nconst a: = 1;\n```\n";
    expect(snippetsOf("a.md", text)).toEqual([]);
    expect(skippedOf("a.md", text)).toEqual([{ file: "a.md", why: "needs a compiler" }]);
    for (const wrong of ["```ts skip", "```ts skip:", "```ts nocheck", "```ts {1,2}"]) {
      expect(() => snippetsOf("a.md", `${wrong}\nconst a = 1;\n\`\`\`\n`)).toThrow("a.md:1:");
    }
  });

  test("an example that is no block, and a block without an end, are errors with file and line", () => {
    expect(() => snippetsOf("a.ts", "/**\n * @example\n * wrap(fn)\n */")).toThrow("a.ts:2:");
    expect(() => snippetsOf("a.ts", "/** @example wrap(fn) */")).toThrow("a.ts:1:");
    expect(() => snippetsOf("a.md", "```ts\nconst a = 1;\n")).toThrow("a.md:1:");
  });

  test.each([
    "const a = 1, { b, c: [d, ...e] } = x;",
    'import a, { type b, x as d } from "y"; import * as e from "z";',
    "function a(x: string) {} class b {} interface d {} type e = x;",
  ])("every way to declare a name counts: %s", (code) => {
    const exports = ["a", "b", "d", "e", "x"].map((name) => exported(name, "type"));
    expect(moduleOf(code, [{ specifier: "holdfast", exports, importable: true }])).toContain(
      "import { type x }",
    );
  });

  test("what a snippet declares is not imported, and one that imports from the package imports all of it", () => {
    const both = [
      {
        specifier: "holdfast",
        exports: [exported("wrap", "function"), exported("Fn", "type")],
        importable: true,
      },
      { specifier: "./prelude.ts", exports: [exported("order", "const")], importable: false },
    ];
    expect(moduleOf("const { order } = wrap;", both)).toBe(
      'import { wrap, type Fn } from "holdfast"; import {  } from "./prelude.ts";\nconst { order } = wrap;\n',
    );
    const complete = 'import { wrap } from "holdfast";';
    expect(moduleOf(complete, both)).toBe(`import { order } from "./prelude.ts";\n${complete}\n`);
  });
});

describe("docstrings", () => {
  const values = published.flatMap(({ specifier, exports }) =>
    exports
      .filter(({ kind }) => kind !== "type")
      .map((exported) => ({ ...exported, title: `${exported.name} of ${specifier}` })),
  );
  const titlesWhere = (wrong: (exported: Exported) => boolean): string[] =>
    values.filter(wrong).map(({ title }) => title);

  test("every function, class and constant of an entry has one", () => {
    expect(values.length).toBeGreaterThan(40);
    expect(titlesWhere(({ doc }) => doc === "")).toEqual([]);
  });

  test("that of a function or constant begins with one sentence, apart from the rest", () => {
    expect(titlesWhere(({ kind, doc }) => kind !== "class" && !beginsWithOneSentence(doc))).toEqual([]);
  });

  test("that of a function has an example", () => {
    expect(titlesWhere(({ kind, tags }) => kind === "function" && !tags.includes("example"))).toEqual([]);
  });

  test("one sentence is one full stop, at the end of its paragraph", () => {
    expect(beginsWithOneSentence("Waits `ms` milliseconds:\n1.5 as well.\n\nThen. Returns.")).toBe(true);
    expect(beginsWithOneSentence("Waits. Keeps the process\nalive.")).toBe(false);
    expect(beginsWithOneSentence("Waits\n\nReturns.")).toBe(false);
    expect(beginsWithOneSentence("")).toBe(false);
  });

  function beginsWithOneSentence(doc: string): boolean {
    const [first = ""] = doc.split(/\n\s*\n/);
    return first.trim().endsWith(".") && !/[.!?]\s+["'`(]*\p{Lu}/u.test(first);
  }
});
