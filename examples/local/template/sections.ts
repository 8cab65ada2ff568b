/** Takes a template apart into its sections and resources, and refuses what belongs to neither. */
import { mergeGlobals, readGlobals } from "./globals.ts";
import type { Problems } from "./problems.ts";
import type { Place } from "./stack.ts";
import type { Syntax } from "./syntax.ts";

/** A resource as it is written, Globals merged in, nothing evaluated yet. */
export interface Declaration {
  readonly logicalId: string;
  readonly type: string;
  readonly place: Place;
  readonly properties: Syntax;
  readonly metadata: Syntax | undefined;
  readonly condition: { readonly name: string; readonly place: Place } | undefined;
  readonly dependsOn: readonly { readonly logicalId: string; readonly place: Place }[];
}

export interface Sections {
  readonly parameters: ReadonlyMap<string, Syntax>;
  readonly mappings: ReadonlyMap<string, Syntax>;
  readonly conditions: ReadonlyMap<string, Syntax>;
  readonly resources: ReadonlyMap<string, Declaration>;
  readonly outputs: ReadonlyMap<string, Syntax>;
}

const samTransform = "AWS::Serverless-2016-10-31";
const sectionNames = [
  "AWSTemplateFormatVersion",
  "Transform",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Globals",
  "Resources",
  "Outputs",
];
const resourceAttributes = [
  "Type",
  "Properties",
  "Metadata",
  "DependsOn",
  "Condition",
  "DeletionPolicy",
  "UpdateReplacePolicy",
];

/** The only version there is. */
const FORMAT_VERSION = "2010-09-09";

function checkHeader(top: ReadonlyMap<string, Syntax>, problems: Problems): void {
  const version = top.get("AWSTemplateFormatVersion");
  if (version !== undefined && !(version.kind === "scalar" && version.text === FORMAT_VERSION)) {
    problems.report(version.place, `there is no such format version; write "${FORMAT_VERSION}"`);
  }
  const description = top.get("Description");
  if (description !== undefined && description.kind !== "scalar") {
    problems.report(description.place, "expected a text");
  }
  const metadata = top.get("Metadata");
  if (metadata !== undefined && metadata.kind !== "map") problems.report(metadata.place, "expected a map");
}

export function readSections(root: Syntax, problems: Problems): Sections {
  const top = root.kind === "map" ? root.entries : new Map<string, Syntax>();
  if (root.kind !== "map" && root.kind !== "unknown") {
    problems.report(root.place, "expected a CloudFormation template: a map with Resources");
  }
  for (const [name, node] of top) {
    if (sectionNames.includes(name)) continue;
    problems.report(
      node.place,
      `${name} is no section that this cloud serves; known are ${sectionNames.join(", ")}`,
    );
  }
  checkHeader(top, problems);
  const transform = top.get("Transform");
  const transforms =
    transform?.kind === "list" ? transform.items : transform === undefined ? [] : [transform];
  for (const node of transforms) {
    if (node.kind === "scalar" && node.text === samTransform) continue;
    problems.report(node.place, `this transform is not served; write ${samTransform}`);
  }
  const globals = readGlobals(top.get("Globals"), problems);
  const resources = new Map<string, Declaration>();
  for (const [logicalId, node] of entriesOf(top.get("Resources"), problems)) {
    const declaration = readDeclaration(logicalId, node, globals, problems);
    if (declaration !== undefined) resources.set(logicalId, declaration);
  }
  const written = top.get("Resources");
  if (
    root.kind === "map" &&
    (written === undefined || (written.kind === "map" && written.entries.size === 0))
  ) {
    problems.report(written?.place ?? root.place, "Resources is missing or empty; declare at least one");
  }
  const sam = [...resources.values()].find(({ type }) => type.startsWith("AWS::Serverless::"));
  const needsSam = sam?.place ?? top.get("Globals")?.place;
  if (needsSam !== undefined && transforms.length === 0) {
    problems.report(needsSam, `this needs SAM; add "Transform: ${samTransform}" at the top of the template`);
  }
  return {
    parameters: entriesOf(top.get("Parameters"), problems),
    mappings: entriesOf(top.get("Mappings"), problems),
    conditions: entriesOf(top.get("Conditions"), problems),
    resources,
    outputs: entriesOf(top.get("Outputs"), problems),
  };
}

function readDeclaration(
  logicalId: string,
  node: Syntax,
  globals: ReadonlyMap<string, Syntax>,
  problems: Problems,
): Declaration | undefined {
  if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
    problems.report(node.place, "a logical id has letters and digits only; rename it");
  }
  if (node.kind !== "map") {
    if (node.kind !== "unknown")
      problems.report(node.place, "expected a resource: a map with Type and Properties");
    return undefined;
  }
  for (const [name, attribute] of node.entries) {
    if (resourceAttributes.includes(name)) continue;
    problems.report(
      attribute.place,
      `${name} is no attribute of a resource that this cloud serves; known are ${resourceAttributes.join(", ")}`,
    );
  }
  for (const name of ["DeletionPolicy", "UpdateReplacePolicy"]) {
    const policy = node.entries.get(name);
    const known =
      policy?.kind === "scalar" && /^(Delete|Retain|RetainExceptOnCreate|Snapshot)$/.test(policy.text);
    if (policy !== undefined && !known) problems.report(policy.place, "write Delete, Retain or Snapshot");
  }
  const type = node.entries.get("Type");
  if (type?.kind !== "scalar") {
    problems.report(node.place, "Type is missing; write the resource's type");
    return undefined;
  }
  const written = node.entries.get("Properties") ?? { kind: "map", entries: new Map(), place: node.place };
  const condition = node.entries.get("Condition");
  if (condition !== undefined && condition.kind !== "scalar") {
    problems.report(condition.place, "Condition takes the name of a condition");
  }
  return {
    logicalId,
    type: type.text,
    place: node.place,
    properties: mergeGlobals(globals.get(type.text), written),
    metadata: node.entries.get("Metadata"),
    condition: condition?.kind === "scalar" ? { name: condition.text, place: condition.place } : undefined,
    dependsOn: readDependsOn(node.entries.get("DependsOn"), problems),
  };
}

function readDependsOn(node: Syntax | undefined, problems: Problems): Declaration["dependsOn"] {
  if (node === undefined) return [];
  const items = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind === "scalar") return [{ logicalId: item.text, place: item.place }];
    problems.report(item.place, "DependsOn takes the logical id of a resource, or a list of them");
    return [];
  });
}

function entriesOf(node: Syntax | undefined, problems: Problems): ReadonlyMap<string, Syntax> {
  if (node === undefined || node.kind === "unknown") return new Map();
  if (node.kind === "map") return node.entries;
  problems.report(node.place, "expected a map of names");
  return new Map();
}
