import type { CloudClock } from "../../services.ts";

/** Real milliseconds in which so many seconds of the cloud's time pass. */
export function realMs(clock: CloudClock, cloudSeconds: number): number {
  return (cloudSeconds * 1_000) / clock.speed;
}
