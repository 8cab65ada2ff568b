import type { Stack } from "../template/stack.ts";
import { at } from "./places.ts";

/**
 * A name belongs to one stack: on AWS the second stack that makes the same thing is refused.
 *
 * @throws Error naming the second's place.
 */
export function checkSharedNames(stacks: readonly Stack[]): void {
  const taken = new Map<string, Stack>();
  for (const stack of stacks) {
    const own = namesOf(stack);
    for (const { key, name, place } of own) {
      const other = taken.get(key);
      if (other === undefined) continue;
      throw new Error(
        `${at(place)}: stack ${other.name} (${other.file}) has the name ${name} already; change it in stack ${stack.name}`,
      );
    }
    for (const { key } of own) taken.set(key, stack);
  }
}

function namesOf(stack: Stack) {
  // A rule's schedule has the rule's name.
  const schedules = stack.schedules.filter(({ arn }) => !arn.includes(":rule/"));
  const resources = [
    ...stack.tables,
    ...stack.queues,
    ...stack.buckets,
    ...stack.topics,
    ...stack.buses,
    ...stack.rules,
    ...stack.functions,
    ...stack.scheduleGroups,
    ...schedules,
    ...stack.dataStreams,
    ...stack.stateMachines,
  ];
  return [
    ...resources.map(({ arn, name, place }) => ({ key: arn, name, place })),
    ...stack.keys.flatMap(({ aliases, place }) => aliases.map((name) => ({ key: name, name, place }))),
  ];
}
