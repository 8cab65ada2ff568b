import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { entries } from "../../tools/entries.ts";
import { installInEmptyProject, type Project, packTarball, temporaryFolder } from "./empty-project.ts";

const subpaths = Object.keys(entries);
/** Those that import a client: `./aws/client` is given one. */
const aws = subpaths.filter((subpath) => subpath.startsWith("./aws/") && subpath !== "./aws/client");
const others = subpaths.filter((subpath) => !aws.includes(subpath));
const peers = [
  "@aws-sdk/client-dynamodb",
  "@aws-sdk/client-eventbridge",
  "@aws-sdk/client-kms",
  "@aws-sdk/client-s3",
  "@aws-sdk/client-sqs",
  "ajv",
];
const SETUP_MS = 120_000;
const COMPILER_MS = 60_000;

/** "./retry" → "holdfast/retry", as users write it. */
function specifier(subpath: string): string {
  return `holdfast${subpath.slice(1)}`;
}

let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
let tarball: string;
/** Nothing but the tarball. */
let bare: Project;
/** The tarball and every peer it needs. */
let equipped: Project;

beforeAll(async () => {
  temporary = await temporaryFolder();
  tarball = await packTarball(temporary.path);
  bare = await installInEmptyProject(join(temporary.path, "bare"), tarball);
  equipped = await installInEmptyProject(join(temporary.path, "equipped"), tarball, peers);
}, SETUP_MS);

afterAll(() => temporary?.remove());

/** Loads each subpath and prints its export names, or the error it threw. */
function loadAll(kind: "mjs" | "cjs"): string {
  const load = kind === "mjs" ? "await import(name)" : "require(name)";
  return `
    const loaded = {};
    (async () => {
      for (const name of ${JSON.stringify(subpaths.map(specifier))}) {
        try { loaded[name] = Object.keys(${load}).filter((key) => key !== "default" && key !== "module.exports").sort(); }
        catch (error) { loaded[name] = error.code + " " + error.message.split("\\n")[0]; }
      }
      console.log(JSON.stringify(loaded));
    })();
  `;
}

test("the tarball holds the built package, its licence and its pages, and nothing else", () => {
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  const strange = files.filter(
    (file) =>
      !/^package\/(dist\/.+|docs\/[\w-]+\.md|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file),
  );
  expect(strange).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(["package/LICENSE", "package/README.md", "package/CHANGELOG.md"]),
  );
});

test("installing it installs nothing else", () => {
  const installed = readdirSync(join(bare.folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed).toEqual(["holdfast"]);
});

describe.each(["mjs", "cjs"] as const)("as %s", (kind) => {
  test("every subpath outside ./aws loads with no AWS client and no ajv present", async () => {
    const loaded = (await bare.evaluate(kind, loadAll(kind))) as Record<string, unknown>;
    for (const subpath of others) {
      expect(loaded[specifier(subpath)], subpath).toEqual(expect.arrayContaining([expect.any(String)]));
    }
  });

  test("./aws subpaths say which client is missing", async () => {
    const loaded = (await bare.evaluate(kind, loadAll(kind))) as Record<string, unknown>;
    for (const subpath of aws) {
      const client = `@aws-sdk/client-${subpath.slice("./aws/".length)}`;
      expect(loaded[specifier(subpath)], subpath).toEqual(expect.stringMatching(/^(ERR_)?MODULE_NOT_FOUND /));
      expect(loaded[specifier(subpath)], subpath).toEqual(expect.stringContaining(client));
    }
  });

  test("every subpath loads with its peers present", async () => {
    const loaded = (await equipped.evaluate(kind, loadAll(kind))) as Record<string, unknown>;
    for (const subpath of subpaths) {
      expect(loaded[specifier(subpath)], subpath).toEqual(expect.arrayContaining([expect.any(String)]));
    }
  });

  test("an error class is one class, whichever subpaths a program loads", async () => {
    const load = kind === "mjs" ? "await import" : "require";
    const program = `(async () => {
      const { HoldfastError, InvalidOptionError, timeout } = await ${load}("holdfast");
      const thrown = (fn) => { try { fn(); } catch (error) { return error; } };
      const { retry } = await ${load}("holdfast/retry");
      const { dynamoDBTransport } = await ${load}("holdfast/aws/dynamodb");
      const errors = {
        root: thrown(() => timeout({ ms: -1 })),
        retry: thrown(() => retry({ maxAttempts: 0 })),
        aws: thrown(() => dynamoDBTransport({})),
      };
      for (const [name, error] of Object.entries(errors)) {
        errors[name] = error instanceof HoldfastError && error instanceof InvalidOptionError && error.code;
      }
      const strangers = [];
      for (const name of ${JSON.stringify(subpaths.map(specifier))}) {
        for (const [key, value] of Object.entries(await ${load}(name))) {
          if (!/Error$/.test(key) || value === HoldfastError) continue;
          if (!(value.prototype instanceof HoldfastError)) strangers.push(name + " " + key);
        }
      }
      console.log(JSON.stringify({ errors, strangers }));
    })();`;
    expect(await equipped.evaluate(kind, program)).toEqual({
      errors: { root: "INVALID_OPTION", retry: "INVALID_OPTION", aws: "INVALID_OPTION" },
      strangers: [],
    });
  });
});

describe("the program", () => {
  /** Runs what npm has linked, in a project of someone's. */
  function holdfast(project: Project, ...args: readonly string[]) {
    const link = join(project.folder, "node_modules/.bin/holdfast");
    const [file, ...before] =
      process.platform === "win32"
        ? [process.execPath, join(project.folder, "node_modules/holdfast", manifest.bin.holdfast)]
        : [link];
    const { status, stdout, stderr } = spawnSync(file ?? link, [...before, ...args], {
      cwd: project.folder,
      encoding: "utf8",
      env: { ...process.env, AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
    });
    return { status, stdout, stderr };
  }

  /** A store of the user's, which keeps its one record in a file. */
  const store = `
    import { readFileSync, writeFileSync } from "node:fs";
    const file = new URL("record.json", import.meta.url);
    const read = async () => JSON.parse(readFileSync(file, "utf8"));
    async function settle(seen, change) {
      const found = await read();
      if (found.owner !== seen.owner) return { written: false, found };
      writeFileSync(file, JSON.stringify({ ...found, ...change }));
      return { written: true };
    }
    export const store = { name: "a file", read, settle };
    setInterval(() => {}, 1_000); // A connection that is never closed.
  `;
  const record = {
    version: 1,
    state: "UNKNOWN",
    owner: "run",
    fence: 1,
    leaseUntilMs: 0,
    expiresAtMs: 4e12,
    atMs: 1,
    payloadHash: "-",
  };
  const one = ["--id", "post#k", "--store", "store.mjs"];

  test("looks at a record through a module of the project's, settles it, and ends by itself", () => {
    writeFileSync(join(bare.folder, "store.mjs"), store);
    writeFileSync(join(bare.folder, "record.json"), JSON.stringify(record));
    const before = holdfast(bare, "idempotency", "inspect", ...one);
    expect(before).toMatchObject({ status: 0, stderr: "" });
    expect(before.stdout).toContain("Unknown outcome");
    expect(before.stdout).not.toContain("\u001b");
    expect(holdfast(bare, "idempotency", "settle", ...one, "--as", "released").status).toBe(2);
    const settled = holdfast(bare, "idempotency", "settle", ...one, "--as", "released", "--yes");
    expect(settled).toMatchObject({ status: 0, stdout: expect.stringContaining("Released by hand") });
    const after = JSON.parse(holdfast(bare, "idempotency", "inspect", ...one, "--json").stdout);
    expect(after).toMatchObject({ status: "released", isSettledByHand: true });
  });

  test("says how to install AWS's client where the project has none, and takes the project's", () => {
    const table = ["idempotency", "inspect", "--id", "post#k", "--table", "t"];
    expect(holdfast(bare, ...table)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("npm install --save-dev @aws-sdk/client-dynamodb"),
    });
    // Nobody listens there: the client was found, and tried.
    const nobody = ["--region", "us-east-1", "--endpoint", "http://127.0.0.1:9"];
    expect(holdfast(equipped, ...table, ...nobody)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^holdfast: The idempotency store \(DynamoDB table t\) failed to read/),
    });
  });

  test("a command that does not exist is exit code 2, with the usage on standard error", () => {
    expect(holdfast(bare, "nothing")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("Usage: holdfast <command>"),
    });
  });
});

test("ESM and CJS offer the same", async () => {
  const esm = await equipped.evaluate("mjs", loadAll("mjs"));
  expect(await equipped.evaluate("cjs", loadAll("cjs"))).toEqual(esm);
});

/** A user's file. The errors it expects show that types were found: on `any` there would be none. */
function consumer(some: readonly string[]): string {
  const imports = some.map((subpath, index) => `import * as m${index} from "${specifier(subpath)}";`);
  const uses = some.map((_, index) => `// @ts-expect-error there is no such export\nm${index}.noSuchExport;`);
  return `
    import { type Policy, wrapHandler } from "holdfast";
    ${imports.join("\n")}
    ${uses.join("\n")}
    const again: Policy = { name: "again", run: (_input, call, next) => next(call) };
    const handler = wrapHandler(async (event: { id: string }, call) => event.id + call.context.awsRequestId, again);
    export const answer: (event: { id: string }, context: never) => Promise<string> = handler;
    // @ts-expect-error a handler is a function
    wrapHandler(42);
  `;
}

describe("types", () => {
  test(
    "resolve in ESM and CJS under node16, with declarations that are whole by themselves",
    async () => {
      const options = { module: "node16", moduleResolution: "node16", skipLibCheck: false };
      const text = consumer(others);
      expect(await bare.typeCheck(options, { "consumer.mts": text, "consumer.cts": text })).toBe("");
    },
    COMPILER_MS,
  );

  test(
    "resolve for every subpath under a bundler's resolution, with the peers present",
    async () => {
      const options = { module: "esnext", moduleResolution: "bundler", skipLibCheck: true };
      expect(await equipped.typeCheck(options, { "consumer.ts": consumer(subpaths) })).toBe("");
    },
    COMPILER_MS,
  );
});
