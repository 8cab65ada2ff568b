import { circularReferences } from "../circular-references.ts";
import { kindOf } from "../resources/kinds.ts";
import { partName } from "../resources/part-name.ts";
import type { Parts } from "../resources/parts.ts";
import type { Reference } from "../scope.ts";
import type { Declaration } from "../sections.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** Who waits for whom: what is written, and what SAM makes of functions' properties and events. */
export function dependencies(
  parts: Parts,
  resources: readonly Declaration[],
  written: readonly Reference[],
): readonly Reference[] {
  const implied = resources.flatMap((resource): Reference[] => {
    const { logicalId, place } = resource;
    return Object.values(kindOf(resource.type)?.separate ?? {}).map((order) =>
      order === "before"
        ? { from: logicalId, to: partName(logicalId, order), place }
        : { from: partName(logicalId, order), to: logicalId, place },
    );
  });
  const functionId = (functionArn: string) =>
    parts.functions.find(({ arn }) => arn === functionArn)?.logicalId;
  // SAM writes the routes into the API itself, which therefore waits for their functions.
  const routed = parts.routes.flatMap(({ apiId, route }): Reference[] => {
    const api = parts.httpApis.find(({ id }) => id === apiId);
    const to = functionId(route.functionArn);
    return api && to !== undefined ? [{ from: api.logicalId, to, place: route.place }] : [];
  });
  // The same with a bucket, which waits for the permission to invoke the function.
  const notified = parts.bucketEvents.flatMap((event): Reference[] => {
    const { permissionId, bucketName, bucketPlace: place } = event;
    const bucket = parts.buckets.find(({ name }) => name === bucketName);
    const to = functionId(event.functionArn);
    return [
      ...(bucket === undefined ? [] : [{ from: bucket.logicalId, to: permissionId, place }]),
      ...(to === undefined ? [] : [{ from: permissionId, to, place }]),
    ];
  });
  return [...written, ...implied, ...routed, ...notified];
}

/** Resources that wait for each other. */
export function checkCircles({ problems, waits }: CheckedTemplate): void {
  for (const { closing, along } of circularReferences(waits)) {
    problems.report(
      closing.place,
      `${along.join(" -> ")} is a circle, and CloudFormation cannot tell what to make first; ` +
        "take one reference out, or write a fixed name in its place",
    );
  }
}
