/** Finds the TypeScript in the documentation: code blocks of Markdown pages and of docstrings. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A code block, and where it begins. */
export interface Snippet {
  readonly file: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** A code block that is not compiled, and why: "```ts skip: needs aws-cdk-lib". */
export interface SkippedSnippet {
  readonly file: string;
  readonly why: string;
}

/** Every snippet of the pages and of the sources, in the order of their files. */
export function snippetsOfProject(): Snippet[] {
  return documentation().flatMap(({ file, text }) => snippetsOf(file, text));
}

/** Those of the project that say why they cannot be compiled here. */
export function skippedOfProject(): SkippedSnippet[] {
  return documentation().flatMap(({ file, text }) => skippedOf(file, text));
}

function documentation(): { readonly file: string; readonly text: string }[] {
  return globSync(["*.md", "docs/**/*.md", "examples/**/*.md", "src/**/*.ts"], {
    cwd: root,
    exclude: ["**/node_modules/**"],
  })
    .map((file) => file.replaceAll("\\", "/"))
    .sort()
    .map((file) => ({ file, text: readFileSync(root + file, "utf8") }));
}

/** What stands before the code of a block: nothing in a page, a star in a docstring. */
const OPENING = /^(\s*(?:\*\s)?)```(?:ts|typescript)\s*$/;
const SKIPPED = /^\s*(?:\*\s)?```(?:ts|typescript) skip: (\S.*)$/;
/** Said in another way, a block would be left out in silence. */
const MISSPELT = /^\s*(?:\*\s)?```(?:ts|typescript)\b\s*\S/;
const CLOSING = /^\s*(?:\*\s)?```\s*$/;
const EXAMPLE = /^\s*(?:\/\*)?\*\s+@example\b/;

/** The snippets of one file. Throws for a block without an end, and for an `@example` that is none. */
export function snippetsOf(file: string, text: string): Snippet[] {
  const lines = text.split(/\r?\n/);
  const found: Snippet[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (EXAMPLE.test(lines[index] ?? "") && !OPENING.test(lines[index + 1] ?? "")) {
      throw new Error(`${file}:${index + 1}: an @example must be followed by a \`\`\`ts block`);
    }
    const prefix = OPENING.exec(lines[index] ?? "")?.[1];
    if (prefix === undefined) {
      if (isMisspelt(lines[index] ?? "")) {
        throw new Error(`${file}:${index + 1}: a block is \`\`\`ts, or \`\`\`ts skip: and why`);
      }
      continue;
    }
    const first = index + 1;
    const length = lines.slice(first).findIndex((line) => CLOSING.test(line));
    if (length === -1) throw new Error(`${file}:${first}: this code block has no end`);
    const code = lines.slice(first, first + length).map((line) => line.slice(prefix.length));
    found.push({ file, line: first + 1, code: code.join("\n") });
    index = first + length;
  }
  return found;
}

/** The blocks of one file that are not compiled. */
export function skippedOf(file: string, text: string): SkippedSnippet[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const why = SKIPPED.exec(line)?.[1];
    return why === undefined ? [] : [{ file, why }];
  });
}

function isMisspelt(line: string): boolean {
  return MISSPELT.test(line) && !OPENING.test(line) && !SKIPPED.test(line);
}
