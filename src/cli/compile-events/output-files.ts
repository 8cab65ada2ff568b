/** A file to be written, its name without a folder. */
export interface OutputFile {
  readonly name: string;
  readonly text: string;
}

/** Those that are not there, or otherwise. */
export function staleFiles(folder: string, files: readonly OutputFile[]): readonly OutputFile[] {
  const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  return files.filter(({ name, text }) => {
    const path = join(folder, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
}

/** Writes what has changed; whoever reads a file meanwhile has the old one or the new one whole. */
export function writeFiles(folder: string, files: readonly OutputFile[]): void {
  const { mkdirSync, renameSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of staleFiles(folder, files)) {
    const beside = join(folder, `.${name}.${process.pid}`);
    writeFileSync(beside, text);
    renameSync(beside, join(folder, name));
  }
}
