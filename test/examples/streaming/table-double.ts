import type { Call } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";

type Values = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

interface Update {
  readonly Key: Values;
  readonly ExpressionAttributeValues: Values;
  readonly ConditionExpression?: string;
}

/** What an account's day has counted. */
export interface Counted {
  readonly events: number;
  readonly units: number;
  readonly countedTo: string;
}

/** The tables in memory, as far as the app's writes go, for searches that make thousands of them. */
export interface TableDouble {
  readonly dynamodb: AwsTransport;
  /** By `account/day`. */
  readonly usage: ReadonlyMap<string, Counted>;
  /** Every item that was put, by `sensor/at`, with how many puts there were. */
  readonly readings: ReadonlyMap<string, { readonly value: number; readonly puts: number }>;
}

export function tableDouble(): TableDouble {
  const usage = new Map<string, Counted>();
  const readings = new Map<string, { value: number; puts: number }>();

  function update({ Key, ExpressionAttributeValues: values, ConditionExpression }: Update): void {
    const key = `${Key["account"]?.S}/${Key["day"]?.S}`;
    const before = usage.get(key);
    const first = values[":first"]?.S ?? "";
    if (ConditionExpression !== undefined && before !== undefined && before.countedTo >= first) {
      throw Object.assign(new Error("The conditional request failed"), {
        name: "ConditionalCheckFailedException",
        Item: { counted_to: { S: before.countedTo } },
      });
    }
    usage.set(key, {
      events: (before?.events ?? 0) + Number(values[":events"]?.N),
      units: (before?.units ?? 0) + Number(values[":units"]?.N),
      countedTo: values[":last"]?.S ?? "",
    });
  }

  function put({ sensor, at, value }: Values): void {
    const key = `${sensor?.S}/${at?.S}`;
    readings.set(key, { value: Number(value?.N), puts: (readings.get(key)?.puts ?? 0) + 1 });
  }

  return {
    usage,
    readings,
    dynamodb: {
      async call(operation: string, input: object, _call: Call) {
        if (operation === "UpdateItem") {
          update(input as Update);
        } else {
          const { RequestItems } = input as {
            readonly RequestItems: Readonly<
              Record<string, readonly { readonly PutRequest: { readonly Item: Values } }[]>
            >;
          };
          for (const { PutRequest } of Object.values(RequestItems).flat()) put(PutRequest.Item);
        }
        return {};
      },
    },
  };
}
