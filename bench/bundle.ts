import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A file as a function's deployment would hold it: one minified module of the built package. */
export async function bundled(file: URL): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node22",
    // Otherwise the repository's own `paths` would lead to the sources.
    tsconfigRaw: {},
    external: ["@aws-sdk/*"],
    // A file that only others of its package are imported for is not missed.
    logOverride: { "ignored-bare-import": "silent" },
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${file.pathname}.`);
  return output.contents;
}

export function gzippedBytes(bundle: Uint8Array): number {
  return gzipSync(bundle, { level: 9 }).length;
}
