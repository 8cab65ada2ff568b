import { type Call, RetryableError, timeout, wrap } from "holdfast";
import { retry } from "holdfast/retry";
import { onceEach, required, type Task } from "./task.ts";

const url = `${required("TARGET_URL")}/effects`;

/** Asks under the same id in every run of a task, so that the target knows it again. */
const ask = wrap(
  async (asked: Task & { readonly id: string }, call: Call): Promise<void> => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(asked), signal: call.signal });
    await response.arrayBuffer();
    if (!response.ok) throw new RetryableError(`The target answered ${response.status}.`);
  },
  retry({ maxAttempts: 3 }),
  timeout({ ms: 1_000 }),
);

export const handler = onceEach("keyed", async (task, call) => {
  await ask({ ...task, id: call.unit.id }, call);
  return task;
});
