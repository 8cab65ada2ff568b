import type { FaultPlan } from "../../local/faults/plan.ts";
import { chunkKey } from "../src/chunk.ts";
import { REFUSED } from "./chunks.ts";

const name = "StoreChunkFunction";

/** The path of chunks that S3 never takes. */
const NEVER_TAKEN_PATH = `/${chunkKey(REFUSED)}`;

/** Whether a plan has S3 refuse them: `--faults` may say otherwise. */
export function refusesSome({ requests = [] }: FaultPlan): boolean {
  return requests.some(({ path }) => path === NEVER_TAKEN_PATH);
}

/**
 * What goes wrong while chunks are stored. Half of the kills fall somewhere within a run, half after the work is done and before
 * anyone hears of it: the ones that repeat effects. S3 never takes some chunks, and sometimes none.
 */
export const chunkFaults: FaultPlan = {
  invocations: [
    { do: "kill", function: name, at: { withinMs: 40 }, chance: 0.06 },
    { do: "kill", function: name, at: "before-answer", chance: 0.06 },
    { do: "kill", function: name, at: "before-answer", nth: 2 },
    // Longer than the three seconds that a batch may take: its worker wakes when another has done its work.
    { do: "freeze", function: name, at: { withinMs: 40 }, forMs: 4_500, chance: 0.03 },
  ],
  deliveries: [
    { do: "duplicate", function: name, chance: 0.15 },
    { do: "reorder", function: name, chance: 0.2 },
  ],
  requests: [
    { do: "fail", service: "s3", operation: "PutObject", path: NEVER_TAKEN_PATH },
    { do: "throttle", service: "s3", operation: "PutObject", chance: 0.03 },
    { do: "fail", service: "s3", operation: "PutObject", chance: 0.01 },
    { do: "lose-request", service: "s3", operation: "PutObject", chance: 0.01 },
    { do: "lose-reply", service: "s3", operation: "PutObject", chance: 0.03 },
    { do: "throttle", service: "s3", operation: "HeadObject", chance: 0.03 },
    { do: "lose-reply", service: "s3", operation: "HeadObject", chance: 0.02 },
    { do: "lose-reply", service: "sqs", operation: "SendMessage", chance: 0.03 },
    { do: "throttle", service: "sqs", operation: "SendMessage", chance: 0.03 },
  ],
  environments: [{ do: "skew-clock", function: name, byMs: 150, chance: 0.5 }],
};
