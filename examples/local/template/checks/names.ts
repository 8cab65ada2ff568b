import type { CheckedTemplate } from "./checked-template.ts";

/** Two resources with one name would be one on AWS, or none. */
export function checkNames({ parts, problems }: CheckedTemplate): void {
  for (const resources of [
    parts.tables,
    parts.queues,
    parts.buses,
    parts.rules,
    parts.functions,
    parts.dataStreams,
  ]) {
    const taken = new Map<string, string>();
    for (const { arn, name, logicalId, place } of resources) {
      const other = taken.get(arn);
      if (other !== undefined)
        problems.report(place, `the name ${name} is taken by ${other} already; change one`);
      taken.set(arn, logicalId);
    }
  }
}
