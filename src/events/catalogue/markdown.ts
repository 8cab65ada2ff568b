import { isObject } from "../compatibility/schema/json-value.ts";
import type { CataloguedEvent } from "./catalogued-event.ts";
import { nameOf } from "./described-event.ts";
import { type SchemaRow, schemaRows } from "./schema-rows.ts";

/** A catalogue as a page of Markdown: the same text for the same events. */
export function catalogueMarkdown(events: readonly CataloguedEvent[]): string {
  const list = events.map(
    (event) =>
      `| [${cell(nameOf(event))}](#${anchorOf(nameOf(event))}) | ${names(event.producers)} | ${names(event.consumers)} |`,
  );
  return [
    "# Events",
    "",
    "| event | producers | consumers |",
    "| --- | --- | --- |",
    ...list,
    ...events.flatMap((event) => ["", ...section(event)]),
    "",
  ].join("\n");
}

function section(event: CataloguedEvent): readonly string[] {
  const { schema, example } = event;
  return [
    `## ${cell(nameOf(event))}`,
    "",
    ...about(schema),
    `Producers: ${names(event.producers)}. Consumers: ${names(event.consumers)}.`,
    "",
    ...table(schema),
    ...(example === undefined
      ? []
      : ["", "An example:", "", "```json", ...JSON.stringify(example, null, 2).split("\n"), "```"]),
  ];
}

function about(schema: unknown): readonly string[] {
  if (!isObject(schema)) return [];
  const said = [schema["description"], schema["title"]].find(
    (text) => typeof text === "string" && text !== "",
  );
  return typeof said === "string" ? [cell(said), ""] : [];
}

function table(schema: unknown): readonly string[] {
  if (schema === undefined) return ["Its schema is no JSON Schema, and cannot be written as one."];
  const rows = schemaRows(schema);
  const closed =
    isObject(schema) &&
    [schema["additionalProperties"], schema["unevaluatedProperties"]].some((others) => others === false);
  const others = closed ? "There are no other properties." : "There may be other properties.";
  if (rows.length === 0) return [`Its schema names no properties. ${others}`];
  return [
    "| path | type | required | constraints | |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(line),
    "",
    others,
  ];
}

function line({ path, type, isRequired, constraints, description }: SchemaRow): string {
  const cells = [code(path), type, isRequired ? "yes" : "", constraints.join("; "), description];
  return `| ${cells.map((text, at) => (at === 0 ? text : cell(text))).join(" | ")} |`;
}

function names(list: readonly string[]): string {
  return list.length === 0 ? "none known" : list.map(cell).join(", ");
}

/** Text that stays in its cell, and is not read as Markdown or HTML. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|]/g, "\\$&");
}

/** A path may hold any character, a backtick too. */
function code(path: string): string {
  const text = path.replace(/\s+/g, " ").replaceAll("|", "\\|");
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** As GitHub names the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
