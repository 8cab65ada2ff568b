/** Writes a file all at once: whoever reads it meanwhile, or after this process was stopped, finds the old text or the new. */
export function writeWhole(file: string, text: string, cwd: string): void {
  const { resolve } = process.getBuiltinModule("node:path");
  const { writeFileSync, renameSync, rmSync } = process.getBuiltinModule("node:fs");
  const path = resolve(cwd, file);
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
