import { sleep } from "holdfast";
import { append, onceEach, required } from "./task.ts";

const workMs = Number(required("WORK_MS"));

export const handler = onceEach("long", async (task, call) => {
  await sleep(call, workMs);
  return call.unit.transact([append(task)], task);
});
