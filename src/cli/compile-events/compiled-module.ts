import { HoldfastError } from "../../core/errors.ts";
import { isAnyStandardSchema } from "../../events/standard-schema-check.ts";
import { compileSchema, type ValidatorText } from "../../events/validator/compile-schema.ts";
import { VALIDATOR_FORMAT, validatorKey } from "../../events/validator/format.ts";
import type { Definition, DefinitionModule } from "./load-definitions.ts";
import type { OutputFile } from "./output-files.ts";

export type Format = "esm" | "cjs";

/** What a module's definitions become. */
export interface CompiledModule {
  readonly files: readonly OutputFile[];
  readonly says: string;
  readonly report: object;
}

/**
 * Compiles the definitions of a module.
 *
 * @throws InvalidOptionError for a schema that is not usable; HoldfastError `EVENT_DEFINED_TWICE` for two schemas of one event
 * and version.
 */
export async function compiledModule(
  { file, name, definitions }: DefinitionModule,
  formats: readonly Format[],
): Promise<CompiledModule> {
  const validators = new Map<string, ValidatorText>();
  const skipped: Definition[] = [];
  for (const definition of definitions) {
    const { source, type, version, schema } = definition;
    if (isAnyStandardSchema(schema)) {
      skipped.push(definition);
      continue;
    }
    const key = validatorKey(definition);
    const text = await compileSchema(`${source} ${type} ${version}`, schema);
    const other = validators.get(key);
    if (other !== undefined && other.schema !== text.schema) {
      throw new HoldfastError(
        "EVENT_DEFINED_TWICE",
        `${file} defines ${source} ${type} in version ${version} twice, with different schemas. Count the version up`,
      );
    }
    validators.set(key, text);
  }
  const event = ({ source, type, version }: Definition) => ({ source, type, version });
  const compiled = definitions.filter((one) => !skipped.includes(one));
  return {
    files: formats.flatMap((format) => filesOf(name, moduleText(file, validators), format)),
    says:
      `${file}: ${validators.size} ${validators.size === 1 ? "validator" : "validators"}` +
      (skipped.length === 0 ? "" : `; ${skipped.length} with a schema that needs none`),
    report: { module: file, events: compiled.map(event), skipped: skipped.map(event) },
  };
}

function filesOf(name: string, text: string, format: Format): readonly OutputFile[] {
  const types = 'import type { CompiledValidators } from "holdfast/events/compiled";\n\n';
  const declared = `${types}declare const compiled: CompiledValidators;\n`;
  return format === "esm"
    ? [
        { name: `${name}.mjs`, text: `${text}\nexport default compiled;\n` },
        { name: `${name}.d.mts`, text: `${declared}export default compiled;\n` },
      ]
    : [
        { name: `${name}.cjs`, text: `"use strict";\n${text}\nmodule.exports = compiled;\n` },
        { name: `${name}.d.cts`, text: `${declared}export = compiled;\n` },
      ];
}

/** The text of a module, without its export. */
export function moduleText(file: string, validators: ReadonlyMap<string, ValidatorText>): string {
  const written = [...validators].map(
    ([key, { schema, patterns, body }]) => `    // ${JSON.parse(key).join(" ").replace(/\s+/g, " ")}
    ${JSON.stringify(key)}: {
      schema: ${JSON.stringify(schema)},
      patterns: ${JSON.stringify(patterns)},
      make(tools) {
${body}
      },
    },`,
  );
  return `// Written by "holdfast compile-events" from ${file}. To change it, change that file and run it again.
/* eslint-disable */
const compiled = {
  format: ${VALIDATOR_FORMAT},
  validators: {
${written.join("\n")}
  },
};
`;
}
