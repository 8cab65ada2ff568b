import { circularReferences } from "../circular-references.ts";
import { kindOf } from "../resources/kinds.ts";
import { partName } from "../resources/part-name.ts";
import type { Reference } from "../scope.ts";
import type { Declaration } from "../sections.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** Resources that wait for each other, with those that SAM makes of a function's properties counted in. */
export function checkCircles(
  { parts, problems }: CheckedTemplate,
  resources: readonly Declaration[],
  written: readonly Reference[],
): void {
  const implied = resources.flatMap((resource): Reference[] => {
    const { logicalId, place } = resource;
    return Object.values(kindOf(resource.type)?.separate ?? {}).map((order) =>
      order === "before"
        ? { from: logicalId, to: partName(logicalId, order), place }
        : { from: partName(logicalId, order), to: logicalId, place },
    );
  });
  // SAM writes the routes into the API itself, which therefore waits for their functions.
  const routed = parts.routes.flatMap(({ apiId, route }): Reference[] => {
    const api = parts.httpApis.find(({ id }) => id === apiId);
    const fn = parts.functions.find(({ arn }) => arn === route.functionArn);
    return api && fn ? [{ from: api.logicalId, to: fn.logicalId, place: route.place }] : [];
  });
  const references = [...written, ...implied, ...routed];
  for (const { closing, along } of circularReferences(references)) {
    problems.report(
      closing.place,
      `${along.join(" -> ")} is a circle, and CloudFormation cannot tell what to make first; ` +
        "take one reference out, or write a fixed name in its place",
    );
  }
}
