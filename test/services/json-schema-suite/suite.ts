import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { JsonSchema } from "holdfast/events";

/** The drafts by the suite's names for them, with the entry of ajv's that knows them. */
export const DRAFTS = {
  draft7: { entry: "ajv", $schema: "http://json-schema.org/draft-07/schema#" },
  "draft2019-09": { entry: "ajv/dist/2019.js", $schema: "https://json-schema.org/draft/2019-09/schema" },
  "draft2020-12": { entry: "ajv/dist/2020.js", $schema: "https://json-schema.org/draft/2020-12/schema" },
} as const;

export type SuiteDraft = keyof typeof DRAFTS;

export interface SuiteCase {
  readonly description: string;
  readonly data: unknown;
  readonly valid: boolean;
}

export interface SuiteGroup {
  /** "draft7/ref.json" */
  readonly file: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly tests: readonly SuiteCase[];
}

/** Formats that holdfast has; what the suite says of others is about names that are refused. */
const FORMATS = /\/optional\/format\/(?!(date|date-time|email|uuid|uri)\.json$)/;

export function groupsOf(folder: string, draft: SuiteDraft): readonly SuiteGroup[] {
  const files = filesIn(join(folder, "tests", draft)).filter((path) => !FORMATS.test(path));
  return files.flatMap((path) => {
    const groups: readonly Omit<SuiteGroup, "file">[] = JSON.parse(readFileSync(path, "utf8"));
    return groups.map((group) => ({ ...group, file: path.slice(join(folder, "tests").length + 1) }));
  });
}

/** The documents that the suite's references lead to, by their URLs, for those who take other documents. */
export function remotesOf(folder: string, draft: SuiteDraft): ReadonlyMap<string, JsonSchema> {
  const start = join(folder, "remotes");
  const own = filesIn(start).filter((path) => {
    const [, first = ""] = path.slice(start.length).split("/");
    return !/^(draft|v1)/.test(first) || first === draft;
  });
  return new Map(
    own.map((path) => [
      `http://localhost:1234${path.slice(start.length)}`,
      JSON.parse(readFileSync(path, "utf8")),
    ]),
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return filesIn(path);
      return name.endsWith(".json") ? [path] : [];
    });
}
