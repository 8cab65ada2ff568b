import { UsageError } from "./io.ts";

export type CommandClass = new (input: never) => object;

/**
 * A package of the user's project: this one has no dependency on it. Looked for from the project first, then from where this program is:
 * `npx -p holdfast -p @aws-sdk/client-dynamodb`. `option` is what needs it, `otherwise` what to do where there is none.
 */
export function userPackage<T>(name: string, option: string, cwd: string, otherwise?: string): T {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { join } = process.getBuiltinModule("node:path");
  const require = createRequire(join(cwd, "package.json"));
  let path: string;
  try {
    path = require.resolve(name, { paths: [cwd, process.argv[1] ?? cwd] });
  } catch {
    const missing = `${option} needs AWS's client, and this project has none: npm install --save-dev ${name}`;
    throw new UsageError(otherwise === undefined ? missing : `${missing}\n${otherwise}`);
  }
  return require(path) as T;
}
