import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type Call,
  deadline,
  deriveCall,
  type Fact,
  type Fn,
  type Policy,
  report,
  wrapHandler,
} from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { sqsBatch } from "holdfast/batching";
import { idempotent, type WithUnit } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";

/** The body of a message. All copies of a task have the same. */
export interface Task {
  readonly task: string;
}

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is missing.`);
  return value;
}

/** Appends once more to what was done for a task: an effect that a repeat would repeat. */
export function append({ task }: Task): object {
  return {
    Update: {
      TableName: required("EFFECTS_TABLE"),
      Key: { task: { S: task } },
      UpdateExpression: "ADD appends :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  };
}

/** The function's handler: its work once a task, under the lease that the template gives. */
export function onceEach(operation: string, work: Fn<Task, Task, Call & WithUnit>) {
  const records = dynamoDBStore({
    transport: dynamoDBTransport(new DynamoDBClient({})),
    tableName: required("IDEMPOTENCY_TABLE"),
  });
  const store: typeof records = {
    ...records,
    write(lease, change, call) {
      if (change.state === undefined) report(call, { type: "heartbeat" });
      return records.write(lease, change, call);
    },
  };
  const once = idempotent(work, {
    store,
    operation,
    key: ({ task }) => task,
    payload: (task) => task,
    leaseMs: Number(required("IDEMPOTENCY_LEASE_MS")),
  });
  const checked: Fn<Task, Task, Call> = async (given, call) => {
    const answer = await once(given, call);
    // A message that fails for ever becomes a dead letter, and those are looked for.
    if (answer.task !== given.task) throw new Error(`${given.task} was given the answer of ${answer.task}`);
    return answer;
  };
  return wrapHandler(sqsBatch(checked), factsLine, deadline({ reserveMs: 300 }));
}

/** One line an invocation: how often each fact was told. */
const factsLine: Policy = {
  name: "facts-line",
  async run(_input, call, next) {
    const counts: Record<string, number> = {};
    const count = (fact: Fact): void => {
      const name = nameOf(fact);
      counts[name] = (counts[name] ?? 0) + 1;
    };
    try {
      return await next(deriveCall(call, { observer: count }));
    } finally {
      console.log(JSON.stringify(counts));
    }
  },
};

function nameOf({ type, state, error }: Fact): string {
  if (type === "idempotency.claimed" && state === "IN_PROGRESS") return "taken-over";
  if (type === "batch.record" && error !== undefined) {
    return String((error as { readonly code?: unknown }).code ?? (error as Error).name);
  }
  return type;
}
