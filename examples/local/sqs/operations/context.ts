import type { CloudClock } from "../../services.ts";
import type { Dispatch } from "../queue/dispatch.ts";
import type { Queues } from "../queues.ts";

/** What every operation works on. */
export interface Context {
  readonly queues: Queues;
  readonly dispatch: Dispatch;
  readonly clock: CloudClock;
}
