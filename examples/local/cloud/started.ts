import type { Running } from "../services.ts";

/** What was started, to be stopped in reverse order. */
export interface Started extends Running {
  track<T extends Running>(running: T): T;
}

export function startedParts(): Started {
  const parts: Running[] = [];
  return {
    track(running) {
      parts.push(running);
      return running;
    },
    async stop() {
      const problems: unknown[] = [];
      for (const running of parts.splice(0).reverse()) {
        // One that does not stop keeps none of the others; the reaper comes last, and ends what another could not.
        await running.stop().catch((error: unknown) => problems.push(error));
      }
      if (problems.length > 0)
        throw new AggregateError(problems, "parts of the local cloud did not stop cleanly");
    },
  };
}
