import type { CircuitStore } from "../../circuit-breaker/shared/store.ts";
import { dynamoDBCircuitStore } from "../../circuit-breaker/stores/dynamodb.ts";
import { type Io, UsageError } from "../io.ts";
import { userDynamoDB } from "../user-dynamodb.ts";

export const circuitOptions = {
  name: { type: "string" },
  table: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
  "partition-key": { type: "string" },
  "key-prefix": { type: "string" },
} as const;

export type CircuitOptions = { readonly [name in keyof typeof circuitOptions]?: string | undefined };

export const circuitUsage = `  --name NAME          the circuit's, as its breakers have it
  --table NAME         the DynamoDB table it stands in, with the credentials of your environment
    --region R         default: your environment's
    --endpoint URL     another than AWS's
    --partition-key N  default: id
    --key-prefix P     default: CIRCUIT#`;

/** Opens the store that the options name. Tests give another. */
export type OpenCircuits = (options: CircuitOptions, io: Io) => CircuitStore;

export const openCircuits: OpenCircuits = (options, io) => {
  const { table, "partition-key": partitionKey, "key-prefix": keyPrefix } = options;
  if (table === undefined) throw new UsageError("Where is the circuit? Give --table.");
  return dynamoDBCircuitStore({
    transport: userDynamoDB(options, io.cwd),
    tableName: table,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
  });
};

export function nameFrom({ name }: CircuitOptions): string {
  if (name === undefined || name === "") throw new UsageError("Which circuit? Give --name.");
  return name;
}
