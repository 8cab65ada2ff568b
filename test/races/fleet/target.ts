import { startThirdParty, type ThirdPartyFate } from "../../../examples/local/faults/third-party.ts";
import { readBody, sendJson } from "../../../examples/local/process/http-server.ts";
import type { Running } from "../../../examples/local/services.ts";

/** A system outside that does what it is asked once for each id, and counts how often it was asked. */
export interface Target extends Running {
  readonly endpoint: string;
  /** By task: how often it was asked, in vain or not, and how often it did something. */
  readonly asked: ReadonlyMap<string, number>;
  readonly done: ReadonlyMap<string, number>;
}

/** As much as a task and its id take. */
const LONGEST_BODY = 1_024;

export async function startTarget(fate: ThirdPartyFate): Promise<Target> {
  const asked = new Map<string, number>();
  const done = new Map<string, number>();
  const known = new Set<string>();
  const server = await startThirdParty({
    name: "target",
    fate,
    async listener(request, response) {
      const body = await readBody(request, LONGEST_BODY).catch(() => undefined);
      // Who asked was killed while asking.
      if (body === undefined) return;
      const { id, task } = JSON.parse(body);
      add(asked, task);
      if (!known.has(id)) {
        known.add(id);
        add(done, task);
      }
      sendJson(response, 200, { id });
    },
  });
  return { endpoint: server.endpoint, stop: () => server.stop(), asked, done };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
