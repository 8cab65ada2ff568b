import { append, onceEach } from "./task.ts";

export const handler = onceEach("transact", (task, call) => call.unit.transact([append(task)], task));
