/**
 * `node --import ./tools/from-source.ts …` lets what it runs import `holdfast/…` from source, without a build.
 */
import { registerHooks } from "node:module";
import { entries } from "./entries.ts";

const sources = new Map(
  Object.entries(entries).map(([subpath, file]) => [
    `holdfast${subpath.slice(1)}`,
    new URL(`../${file}`, import.meta.url).href,
  ]),
);

registerHooks({
  resolve(specifier, context, next) {
    const url = sources.get(specifier);
    return url === undefined
      ? next(specifier, context)
      : { url, shortCircuit: true, format: "module-typescript" };
  },
});
