import type { SharedCircuit } from "holdfast/circuit-breaker";
import type { Item } from "../../local/run/tables.ts";

/** One state of a circuit's item, and the write that made it. */
export type CircuitWrite = Pick<
  SharedCircuit,
  "state" | "epoch" | "token" | "sinceMs" | "untilMs" | "probeUntilMs"
>;

interface Write extends CircuitWrite {
  /** The token it was conditional on. */
  readonly seen: string | undefined;
}

/**
 * How a circuit's item came to be what it is, first to last, from the requests that were sent to DynamoDB.
 *
 * Each write is conditional on the token of the one before, so that of those who contended only the one that succeeded is in the chain
 * that ends with the item.
 */
export function circuitHistory(
  bodies: readonly string[],
  key: string,
  last: Item | undefined,
): readonly CircuitWrite[] {
  const writes = new Map<string, Write>();
  for (const body of bodies) {
    if (!body.includes(`"${key}"`)) continue;
    const write = writeIn(body);
    if (write !== undefined) writes.set(write.token, write);
  }
  const history: CircuitWrite[] = [];
  for (let token = last?.["token"]?.S; token !== undefined; ) {
    const write = writes.get(token);
    if (write === undefined) throw new Error("the circuit's item was written by a request that nobody saw");
    const { seen, ...state } = write;
    history.unshift(state);
    token = seen;
  }
  return history;
}

function writeIn(body: string): Write | undefined {
  const { ExpressionAttributeValues: values } = JSON.parse(body) as {
    readonly ExpressionAttributeValues?: Readonly<
      Record<string, { readonly S?: string; readonly N?: string }>
    >;
  };
  const token = values?.[":token"]?.S;
  if (values === undefined || token === undefined) return undefined;
  const number = (name: string): number => Number(values[name]?.N);
  return {
    token,
    seen: values[":seen"]?.S,
    state: values[":state"]?.S as SharedCircuit["state"],
    epoch: number(":epoch"),
    sinceMs: number(":sinceMs"),
    untilMs: number(":untilMs"),
    probeUntilMs: number(":probeUntilMs"),
  };
}
