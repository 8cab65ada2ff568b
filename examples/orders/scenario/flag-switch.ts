import { setTimeout as wait } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { localCredentials } from "../../local/credentials.ts";
import type { World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import type { Stack } from "../../local/template/stack.ts";
import { flagChanged } from "../src/flag.ts";

const MOST_TRIES = 60;
/** The flag's change may meet every fault of the run before it is applied. */
const MOST_LOOKS = 1_200;
const LOOK_EVERY_MS = 50;

/** The feature flag of payments, turned by an event, and seen to have arrived. */
export interface FlagSwitch {
  turn(to: "isolated" | "closed"): Promise<void>;
  close(): void;
}

export function flagSwitch({ cloud, signal }: World, stack: Stack): FlagSwitch {
  const events = new EventBridgeClient({
    endpoint: cloud.endpoints.eventbridge,
    region: stack.region,
    credentials: localCredentials,
  });
  let changes = 0;

  /** An answer of 200 can say that the entry was refused: it is sent until it is taken, and applied once for its id. */
  async function announce(change: object): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { FailedEntryCount } = await events.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: `${stack.name}-bus`,
              Source: flagChanged.source,
              DetailType: flagChanged.type,
              Detail: JSON.stringify(change),
            },
          ],
        }),
      );
      if (FailedEntryCount === 0) return;
      await wait(LOOK_EVERY_MS, undefined, { signal });
    }
    throw new Error(`The bus refused the flag's change ${MOST_TRIES} times.`);
  }

  return {
    async turn(to: "isolated" | "closed") {
      changes += 1;
      await announce({ changeId: `change-${changes}`, flag: "payments", to });
      const wanted = to === "closed" ? "CLOSED" : "ISOLATED";
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        const circuits = await tableByKey(cloud.clients.dynamodb, stack, "CircuitsTable");
        if (circuits.get("CIRCUIT#payments")?.["state"]?.S === wanted) return;
        await wait(LOOK_EVERY_MS, undefined, { signal });
      }
      throw new Error(
        `The circuit is not ${wanted}, ${(MOST_LOOKS * LOOK_EVERY_MS) / 1_000} s after the flag was turned.`,
      );
    },
    close: () => events.destroy(),
  };
}
