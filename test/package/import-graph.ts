/** Who imports whom in `src`, read from the syntax tree. */
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export interface Import {
  /** The importing file: `src/retry/retry.ts`. */
  readonly from: string;
  /** The imported file for a relative specifier, the specifier itself for any other. */
  readonly to: string;
  /** `type` leaves nothing in the built code; `dynamic` is loaded when it runs. */
  readonly kind: "static" | "type" | "dynamic";
}

const root = fileURLToPath(new URL("../../", import.meta.url));

export function importsOfSources(): Import[] {
  return globSync("src/**/*.ts", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .flatMap((file) => importsOf(file, readFileSync(root + file, "utf8")));
}

export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node, kind: Import["kind"]): void => {
    if (!ts.isStringLiteral(specifier)) return;
    const relative = specifier.text.startsWith(".");
    const to = relative ? posix.join(posix.dirname(file), specifier.text) : specifier.text;
    found.push({ from: file, to, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node) ? "type" : "static");
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, isTypeExport(node) ? "type" : "static");
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, "type");
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === "require");
      if (loads && first !== undefined) add(first, "dynamic");
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false));
  return found;
}

/** `import type { A }` and `import { type A }` both vanish; `import {}` and `import "x"` do not. */
function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return false;
  return exportClause.elements.length > 0 && exportClause.elements.every((element) => element.isTypeOnly);
}

/** Every file that loading `entry` loads, now or later, the entry included. */
export function reachableFrom(entry: string, imports: readonly Import[]): Set<string> {
  const seen = new Set<string>([entry]);
  for (const file of seen) {
    for (const { from, to, kind } of imports) if (from === file && kind !== "type") seen.add(to);
  }
  return seen;
}

/** A way round through static imports, as the list of its files, or undefined when there is none. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const finished = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return undefined;
    for (const { from, to, kind } of imports) {
      if (from !== file || kind === "type") continue;
      const cycle = walk(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(file);
    return undefined;
  };
  for (const { from } of imports) {
    const cycle = walk(from, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
