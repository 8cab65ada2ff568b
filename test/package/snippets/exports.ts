/** What modules export, as the compiler sees it: names, kinds and docstrings. */
import ts from "typescript";

/** One exported name. */
export interface Exported {
  readonly name: string;
  /** `type` for whatever leaves nothing in the built code. */
  readonly kind: "function" | "class" | "const" | "type";
  /** The docstring without its tags; empty when there is none. */
  readonly doc: string;
  /** The tags of the docstring: `example`, `throws`. */
  readonly tags: readonly string[];
}

/** The exports of a source file that is part of the program. */
export function exportsOf(program: ts.Program, file: string): Exported[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is no module of the program`);
  return checker.getExportsOfModule(module).map((symbol) => {
    const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      name: symbol.name,
      kind: symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) ? "type" : kindOf(own),
      doc: ts.displayPartsToString(own.getDocumentationComment(checker)),
      tags: own.getJsDocTags(checker).map((tag) => tag.name),
    };
  });
}

function kindOf({ flags }: ts.Symbol): Exported["kind"] {
  if (flags & ts.SymbolFlags.Function) return "function";
  if (flags & ts.SymbolFlags.Class) return "class";
  return flags & ts.SymbolFlags.Value ? "const" : "type";
}
