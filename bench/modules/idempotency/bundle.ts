import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A file beside this one as a function's deployment would hold it: one minified module of the built package. */
export async function bundled(file: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node22",
    // Otherwise the repository's own `paths` would lead to the sources.
    tsconfigRaw: {},
    external: ["@aws-sdk/*"],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${file}.`);
  return output.contents;
}

export function gzippedBytes(bundle: Uint8Array): number {
  return gzipSync(bundle, { level: 9 }).length;
}
