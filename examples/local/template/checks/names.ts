import type { CheckedTemplate } from "./checked-template.ts";

/** Two resources with one name would be one on AWS, or none. */
export function checkNames({ parts, problems }: CheckedTemplate): void {
  // A rule's schedule has the rule's name.
  const schedules = parts.schedules.filter(({ arn }) => !arn.includes(":rule/"));
  for (const resources of [
    parts.tables,
    parts.queues,
    parts.buckets,
    parts.topics,
    parts.buses,
    parts.rules,
    parts.functions,
    parts.scheduleGroups,
    schedules,
    parts.dataStreams,
    parts.stateMachines,
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
