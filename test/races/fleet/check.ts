import type { Item } from "../../../examples/local/run/tables.ts";

/** Tasks for which something was not done exactly once, and what was done for no task at all. */
export function notOnce(tasks: readonly string[], done: ReadonlyMap<string, number>): string[] {
  const wanted = new Set(tasks);
  const wrong = tasks.flatMap((task) => {
    const times = done.get(task) ?? 0;
    return times === 1 ? [] : [`${task} was done ${times} times`];
  });
  const strange = [...done.keys()].filter((task) => !wanted.has(task));
  return [...wrong, ...strange.map((task) => `${task} was done, and nobody asked for it`)];
}

/** What is wrong with an operation's records: there must be one a task, and each must be completed. */
export function notCompleted(
  tasks: readonly string[],
  operation: string,
  records: ReadonlyMap<string, Item>,
): string[] {
  const own = [...records].filter(([id]) => id.startsWith(`${operation}#`));
  const open = own.filter(([, record]) => record["state"]?.S !== "COMPLETED");
  return [
    ...(own.length === tasks.length ? [] : [`there are ${own.length} records for ${tasks.length} tasks`]),
    ...open.map(([id, record]) => `${id} is ${record["state"]?.S}`),
  ];
}
