import type { CloudClock, Deliver, Observe } from "../../services.ts";
import type { StreamMapping } from "../../template/stack.ts";
import { type Discarded, failureKey, failureRecord } from "./failure-record.ts";
import type { StreamSource } from "./source.ts";

export type Discard = (shardId: string, discarded: Discarded) => Promise<void>;

/** Gives up records: tells the on-failure destination where they are. What it does not take is lost, and said so. */
export function discardTo(options: {
  readonly mapping: StreamMapping;
  readonly source: StreamSource;
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
}): Discard {
  const { mapping, source, clock, observe } = options;
  const to = mapping.onFailureArn;
  return async (shardId, discarded) => {
    const { records, condition } = discarded;
    const reason = `${condition}: ${records.length} records of ${shardId} from ${records[0]?.sequenceNumber} on`;
    if (to === undefined) return observe({ type: "dropped", from: source.name, reason });
    const toS3 = to.split(":")[2] === "s3";
    const nowMs = clock.now();
    const body = failureRecord(source, { functionArn: mapping.functionArn, shardId, nowMs, toS3 }, discarded);
    const attributes = toS3 ? { Key: failureKey(mapping.logicalId, shardId, nowMs) } : undefined;
    try {
      await options.deliver(to, body, attributes);
      observe({ type: "dead-letter", from: source.name, to, reason });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      observe({ type: "dropped", from: source.name, reason: `${to} took no record of ${reason}: ${why}` });
    }
  };
}
