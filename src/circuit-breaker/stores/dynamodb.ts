export type { AwsTransport } from "../../aws/transport.ts";
export type { CircuitStore } from "../shared/store.ts";

import type { AwsTransport } from "../../aws/transport.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { SharedCircuit } from "../shared/item.ts";
import type { CircuitStore } from "../shared/store.ts";

export interface DynamoDBCircuitStoreOptions {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  /** A table with a string partition key and no sort key. The table of the idempotency records will do. */
  readonly tableName: string;
  /** The table's partition key, a string. Default: `id`. */
  readonly partitionKey?: string;
  /** In front of every partition key. Default: `CIRCUIT#`. */
  readonly keyPrefix?: string;
  /** The table's TTL attribute, in seconds, which counts have and control items have not. Default: `expiresAt`. */
  readonly ttlAttribute?: string;
}

/** A value of an item, as far as circuits use them. */
interface Value {
  readonly S?: string;
  readonly N?: string;
}
type Item = Readonly<Record<string, Value>>;

const TEXTS = ["state", "token", "alert"] as const;
const NUMBERS = [
  "epoch",
  "sinceMs",
  "untilMs",
  "openings",
  "successes",
  "probeUntilMs",
  "alertUntilMs",
  "share",
] as const;

/**
 * The circuits of a fleet in a DynamoDB table: one item a circuit, and one a count of an alert.
 *
 * Healthy, it is read only (eventually consistent, half a read unit). The item of the circuit "bank" has the key `CIRCUIT#bank` and its state in `state`,
 * `CLOSED`, `OPEN` or `ISOLATED`. It needs dynamodb:GetItem and dynamodb:UpdateItem. Circuits are per region.
 *
 * @example
 * ```ts
 * const store = dynamoDBCircuitStore({ transport: dynamoDBTransport(new DynamoDBClient({})), tableName: "Idempotency" });
 * const bank = circuitBreaker({ name: "bank", store });
 * ```
 */
export function dynamoDBCircuitStore(options: DynamoDBCircuitStoreOptions): CircuitStore {
  const { transport, tableName, partitionKey, keyPrefix, ttlAttribute } = checked(options);
  const key = (id: string) => ({ [partitionKey]: { S: keyPrefix + id } });

  return {
    name: `DynamoDB table ${tableName}`,
    async read(circuit, call) {
      const answer = await transport.call("GetItem", { TableName: tableName, Key: key(circuit) }, call);
      return circuitOf(answer["Item"] as Item | undefined);
    },
    async replace(circuit, seen, item, call) {
      try {
        await transport.call(
          "UpdateItem",
          {
            TableName: tableName,
            Key: key(circuit),
            UpdateExpression: `SET ${[...TEXTS, ...NUMBERS].map((name) => `#${name} = :${name}`).join(", ")}`,
            ConditionExpression: seen === undefined ? "attribute_not_exists(#token)" : "#token = :seen",
            ExpressionAttributeNames: Object.fromEntries(
              [...TEXTS, ...NUMBERS].map((name) => [`#${name}`, name]),
            ),
            ExpressionAttributeValues: {
              ...Object.fromEntries(TEXTS.map((name) => [`:${name}`, { S: item[name] }])),
              ...Object.fromEntries(NUMBERS.map((name) => [`:${name}`, { N: String(item[name]) }])),
              ...(seen === undefined ? {} : { ":seen": { S: seen } }),
            },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
          call,
        );
        return { written: true };
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
        return { written: false, found: circuitOf((error as { readonly Item?: Item }).Item) };
      }
    },
    async count(circuit, alert, { weight, expiresAtMs }, call) {
      const answer = await transport.call(
        "UpdateItem",
        {
          TableName: tableName,
          // Names of circuits are ASCII, so no circuit's own item has such a key.
          Key: key(`${circuit}·${alert}`),
          UpdateExpression: "SET #ttl = :ttl ADD #score :weight, #reports :one",
          ExpressionAttributeNames: { "#ttl": ttlAttribute, "#score": "score", "#reports": "reports" },
          ExpressionAttributeValues: {
            ":ttl": { N: String(Math.ceil(expiresAtMs / 1_000)) },
            ":weight": { N: String(weight) },
            ":one": { N: "1" },
          },
          ReturnValues: "ALL_NEW",
        },
        call,
      );
      const { score, reports } = (answer["Attributes"] ?? {}) as Item;
      return { score: Number(score?.N ?? 0), reports: Number(reports?.N ?? 0) };
    },
  };
}

/** An item that is none of ours is an error, never "closed". */
function circuitOf(item: Item | undefined): SharedCircuit | undefined {
  if (item === undefined || Object.keys(item).length === 0) return undefined;
  const { state, token, alert } = item;
  const known = state?.S === "CLOSED" || state?.S === "OPEN" || state?.S === "ISOLATED" ? state.S : undefined;
  const number = (name: (typeof NUMBERS)[number]): number => Number(item[name]?.N ?? 0);
  if (known === undefined || token?.S === undefined || item["epoch"]?.N === undefined) {
    throw new TypeError("The table holds an item under this circuit's key that is not a circuit's.");
  }
  return {
    state: known,
    token: token.S,
    alert: alert?.S ?? "",
    epoch: number("epoch"),
    sinceMs: number("sinceMs"),
    untilMs: number("untilMs"),
    openings: number("openings"),
    successes: number("successes"),
    probeUntilMs: number("probeUntilMs"),
    alertUntilMs: number("alertUntilMs"),
    // An item of an older version has none.
    share: item["share"] === undefined ? 1 : number("share"),
  };
}

function checked(options: DynamoDBCircuitStoreOptions): Required<DynamoDBCircuitStoreOptions> {
  const where = "dynamoDBCircuitStore";
  checkRequiredOptions(where, options, [
    "transport",
    "tableName",
    "partitionKey",
    "keyPrefix",
    "ttlAttribute",
  ]);
  const { transport, tableName } = options;
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(
      where,
      "transport must be dynamoDBTransport(client) of holdfast/aws/dynamodb",
    );
  }
  if (typeof tableName !== "string" || tableName === "") {
    throw new InvalidOptionError(where, "tableName is missing; is the function's environment variable set?");
  }
  const { partitionKey = "id", keyPrefix = "CIRCUIT#", ttlAttribute = "expiresAt" } = options;
  for (const [name, value] of Object.entries({ partitionKey, ttlAttribute })) {
    if (typeof value !== "string" || value === "")
      throw new InvalidOptionError(where, `${name} must be a text`);
  }
  if (typeof keyPrefix !== "string") throw new InvalidOptionError(where, "keyPrefix must be a text");
  return { transport, tableName, partitionKey, keyPrefix, ttlAttribute };
}
