/** Typechecks snippets as modules of one program, under the project's own options. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { root, type Snippet } from "./collect.ts";
import type { Exported } from "./exports.ts";

/** Where names that a snippet does not declare are imported from. */
export interface NameSource {
  readonly specifier: string;
  readonly exports: readonly Exported[];
  /** Whether readers import these names too: then a snippet that imports from the package imports all it uses. */
  readonly importable: boolean;
}

/** Modules are kept where a person can look at them. */
const FOLDER = ".build/snippets/";

/** The prelude as the modules of that folder import it. */
export const PRELUDE_SPECIFIER = "../../test/package/snippets/prelude.ts";
export const PRELUDE: string = `${root}test/package/snippets/prelude.ts`;

/** A program of these files; what `before` has read is not read again. */
export function programOf(files: readonly string[], before?: ts.Program): ts.Program {
  const { config, error } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, " "));
  // Only the options are wanted: the files are given.
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root);
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  return ts.createProgram(files, relaxed, ts.createCompilerHost(relaxed), before);
}

/** What is wrong with each snippet, as `file:line message`; an empty list when it compiles. */
export function problemsOf(
  snippets: readonly Snippet[],
  names: readonly NameSource[],
  before: ts.Program,
): ReadonlyMap<Snippet, readonly string[]> {
  rmSync(root + FOLDER, { recursive: true, force: true });
  mkdirSync(root + FOLDER, { recursive: true });
  const modules = snippets.map((snippet) => ({ snippet, file: write(snippet, names) }));
  const program = programOf([...before.getRootFileNames(), ...modules.map(({ file }) => file)], before);
  return new Map(modules.map(({ snippet, file }) => [snippet, diagnose(program, file, snippet)]));
}

function write(snippet: Snippet, names: readonly NameSource[]): string {
  const file = `${root}${FOLDER}${`${snippet.file}-${snippet.line}`.replace(/\W+/g, "-")}.ts`;
  writeFileSync(file, moduleOf(snippet.code, names));
  return file;
}

/** The snippet as a module: imports on the first line, its own lines after that. */
export function moduleOf(code: string, names: readonly NameSource[]): string {
  const { declared, imports } = topLevelOf(code);
  const complete = imports.some((specifier) => /^holdfast(\/|$)/.test(specifier));
  const known = new Set(declared);
  const lines = names
    .filter(({ importable }) => !(importable && complete))
    .map(({ specifier, exports }) => {
      const wanted = exports.filter(({ name }) => !known.has(name));
      for (const { name } of wanted) known.add(name);
      const list = wanted.map(({ name, kind }) => (kind === "type" ? `type ${name}` : name));
      return `import { ${list.join(", ")} } from ${JSON.stringify(specifier)};`;
    });
  return `${lines.join(" ")}\n${code}\n`;
}

/** The names that a snippet declares or imports itself, and the modules that it imports. */
function topLevelOf(code: string): { readonly declared: string[]; readonly imports: string[] } {
  const declared: string[] = [];
  const imports: string[] = [];
  const declare = (node: ts.Node): void => {
    const named = ts.isBindingElement(node) || ts.isImportSpecifier(node) || ts.isNamespaceImport(node);
    if (named) declare(node.name);
    else if (ts.isIdentifier(node)) declared.push(node.text);
    else ts.forEachChild(node, declare);
  };
  for (const statement of ts.createSourceFile("snippet.ts", code, ts.ScriptTarget.Latest).statements) {
    if (ts.isImportDeclaration(statement)) {
      if (ts.isStringLiteral(statement.moduleSpecifier)) imports.push(statement.moduleSpecifier.text);
      if (statement.importClause !== undefined) declare(statement.importClause);
    } else if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) declare(name);
    } else if (isNamed(statement) && statement.name !== undefined) declare(statement.name);
  }
  return { declared, imports };
}

function isNamed(
  node: ts.Node,
): node is ts.FunctionDeclaration | ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

function diagnose(program: ts.Program, file: string, snippet: Snippet): readonly string[] {
  const source = program.getSourceFile(file);
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return found.map(({ start = 0, messageText }) => {
    // Line 0 of the module is the imports, line 1 the snippet's first.
    const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
    return `${snippet.file}:${snippet.line + line - 1} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
