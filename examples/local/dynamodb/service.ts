import { connect } from "node:net";
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { localCredentials } from "../credentials.ts";
import { type Child, startChild } from "../process/child.ts";
import { freePort } from "../process/free-port.ts";
import type { Reaper } from "../process/reaper.ts";
import type { Running } from "../services.ts";
import type { Table } from "../template/stack.ts";
import { type DynamoDbProgram, dynamoDbProgram } from "./program.ts";

export interface DynamoDb extends Running {
  readonly endpoint: string;
  /** A client of the wire API; stopped with the service. */
  readonly client: DynamoDBClient;
  /** What the program behind it does not do; undefined when nothing is missing. */
  readonly missing: string | undefined;
  /** Creates tables and sets their TTL attribute. Expired items stay: nothing sweeps them here. */
  createTables(tables: readonly Table[]): Promise<void>;
}

const START_ATTEMPTS = 3;
const START_MS = 5_000;

/**
 * DynamoDB on loopback, in memory, in a process of its own that never outlives us.
 *
 * Where dynoxide can mislead: reads are always consistent; transactions never conflict, so no TransactionConflict is
 * seen; expired items stay; TransactGetItems gives whole items whatever the projection; nothing is throttled; there are
 * no backups. `differences.conformance.test.ts` has the whole list.
 *
 * @throws Error with the program's own last words when it does not start.
 */
export async function startDynamoDb(options: {
  readonly reaper: Reaper;
  readonly region: string;
  readonly program?: DynamoDbProgram;
  /** Told when the program ends without having been stopped: nothing can be done without it. */
  readonly onEnd?: (error: Error) => void;
}): Promise<DynamoDb> {
  const program = options.program ?? dynamoDbProgram();
  const { child, endpoint, client } = await startProgram(program, options);
  let stopped = false;
  void child.exited.then(() => {
    if (!stopped)
      options.onEnd?.(new Error(`The local DynamoDB (${program.name}) ended while it was in use.`));
  });
  return {
    endpoint,
    client,
    missing: program.missing,
    async createTables(tables) {
      await Promise.all(tables.map((table) => createTable(client, table)));
    },
    async stop() {
      stopped = true;
      client.destroy();
      child.signal("SIGKILL");
      await child.exited;
    },
  };
}

async function startProgram(
  program: DynamoDbProgram,
  options: { readonly reaper: Reaper; readonly region: string },
): Promise<{ child: Child; endpoint: string; client: DynamoDBClient }> {
  const lines: string[] = [];
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    // Another program may take the port before ours listens; then ours ends, and gets another port.
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const child = startChild({
      command: program.command,
      args: program.args(port),
      env: { PATH: process.env["PATH"] },
      reaper: options.reaper,
      onLine: (line) => {
        lines.push(line);
        if (lines.length > 20) lines.shift();
      },
    });
    const client = new DynamoDBClient({
      endpoint,
      region: options.region,
      credentials: localCredentials,
    });
    if (await answers(client, child, port)) return { child, endpoint, client };
    client.destroy();
    child.signal("SIGKILL");
    const exit = await child.exited;
    if (exit.error !== undefined) lines.push(exit.error.message);
  }
  throw new Error(`${program.name} (${program.command}) did not start:\n${lines.join("\n")}`);
}

/** Resolves with true once the program serves requests, with false when it ended or takes too long. */
async function answers(client: DynamoDBClient, child: Child, port: number): Promise<boolean> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const until = Date.now() + START_MS;
  while (!ended && Date.now() < until) {
    if (await accepts(port)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (ended) return false;
  // Another program on that port would take the connection, but it is no DynamoDB.
  return client.send(new ListTablesCommand({ Limit: 1 })).then(
    () => !ended,
    () => false,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function createTable(client: DynamoDBClient, table: Table): Promise<void> {
  // Indexes and the stream view are as the template writes them; DynamoDB itself judges them.
  const fromTemplate: Record<string, unknown> = {
    ...(table.globalSecondaryIndexes.length === 0
      ? {}
      : { GlobalSecondaryIndexes: table.globalSecondaryIndexes }),
    ...(table.localSecondaryIndexes.length === 0
      ? {}
      : { LocalSecondaryIndexes: table.localSecondaryIndexes }),
    ...(table.streamViewType === undefined
      ? {}
      : { StreamSpecification: { StreamEnabled: true, StreamViewType: table.streamViewType } }),
  };
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table.name,
        KeySchema: [...table.keySchema],
        AttributeDefinitions: [...table.attributeDefinitions],
        BillingMode: "PAY_PER_REQUEST",
        ...fromTemplate,
      }),
    );
    if (table.ttlAttribute === undefined) return;
    await setTimeToLive(client, table.name, table.ttlAttribute);
  } catch (error) {
    const { file, line, path } = table.place;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}:${line} ${path}: DynamoDB does not take this table: ${why}`, { cause: error });
  }
}

async function setTimeToLive(client: DynamoDBClient, tableName: string, attribute: string): Promise<void> {
  const request = new UpdateTimeToLiveCommand({
    TableName: tableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: attribute },
  });
  await client.send(request).catch((error: unknown) => {
    // dynalite does not know it; as nothing sweeps expired items here, nothing is lost.
    if (!(error instanceof Error && error.name === "UnknownOperationException")) throw error;
  });
}
