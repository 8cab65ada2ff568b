import type { IncomingMessage, ServerResponse } from "node:http";
import type { ThirdPartyFault } from "../../local/faults/plan.ts";

/** One request that reached the payment provider, whatever became of it. Times are real epoch milliseconds. */
export interface Reached {
  readonly atMs: number;
  readonly wasDown: boolean;
  readonly isRead: boolean;
  /** Undefined while it is under way. */
  endedMs?: number;
}

/** The payment provider's outage: answers nobody gets, and a count of who asked all the same. */
export interface Provider {
  goDown(): void;
  comeBack(): void;
  /** What it does to the next request while it is down. */
  outage(): ThirdPartyFault | undefined;
  sees(request: IncomingMessage, response: ServerResponse): void;
  readonly reached: readonly Reached[];
}

/** A provider that is overloaded takes its time to say so. */
const SLOWLY_MS = 60;

/** In turn, as gateways do whose backend is gone: 503, 429 with how long to wait, a reset connection. */
const OUTAGE: readonly ThirdPartyFault[] = [
  { do: "fail", name: "payments", delayMs: SLOWLY_MS },
  { do: "fail", name: "payments", status: 429, retryAfterS: 1, delayMs: SLOWLY_MS },
  { do: "dead", name: "payments" },
];

export function provider(): Provider {
  const reached: Reached[] = [];
  let isDown = false;
  let refused = 0;
  return {
    goDown() {
      isDown = true;
    },
    comeBack() {
      isDown = false;
    },
    outage: () => (isDown ? OUTAGE[refused++ % OUTAGE.length] : undefined),
    sees(request, response) {
      const one: Reached = { atMs: Date.now(), wasDown: isDown, isRead: request.method === "GET" };
      reached.push(one);
      response.once("close", () => {
        one.endedMs = Date.now();
      });
    },
    reached,
  };
}
