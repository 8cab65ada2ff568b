import type { CloudClock } from "../../services.ts";
import { realMs } from "./cloud-time.ts";
import { type Contents, settle } from "./contents.ts";
import type { Queue } from "./queue.ts";

/** A queue's messages as they are now: no timer keeps them up to date, whoever looks does. */
export function settled({ contents, settings }: Queue, clock: CloudClock): Contents {
  settle(contents, clock.now(), realMs(clock, settings.retentionSeconds));
  return contents;
}
