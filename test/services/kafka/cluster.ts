import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("mock_cluster.py", import.meta.url));
/** Source: Apache Kafka, "Protocol Guide", API keys. */
const PRODUCE = 0;

/** librdkafka's mock cluster, in a process that ends with this one. */
export interface MockCluster {
  /** The brokers' ports on the loopback address; the first is broker 1. */
  readonly ports: readonly number[];
  makeTopic(name: string, partitions: number): Promise<void>;
  /** The next requests that produce are refused with these errors, one each; nothing of them is written. */
  refuseProduce(errors: readonly number[]): Promise<void>;
  down(broker: number): Promise<void>;
  up(broker: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster(brokers: number): Promise<MockCluster> {
  const libraries = process.env["HOLDFAST_TEST_RDKAFKA"];
  if (libraries === undefined) throw new Error("no librdkafka: npm run test:services -- --only kafka");
  const child = spawn("python3", [PROGRAM, join(libraries, "librdkafka.so.1"), String(brokers)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], LD_LIBRARY_PATH: libraries },
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const addresses: string | undefined = (await lines.next()).value;
  if (addresses === undefined) throw new Error("librdkafka's mock cluster did not start");
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time, for answers are told apart by their order alone. */
  function tell(...words: readonly (string | number)[]): Promise<void> {
    const answered = last.then(async () => {
      child.stdin.write(`${words.join(" ")}\n`);
      const answer: string | undefined = (await lines.next()).value;
      if (answer !== "ok") throw new Error(`The mock cluster: ${answer ?? "has ended"}`);
    });
    last = answered.catch(() => {});
    return answered;
  }

  return {
    ports: addresses.split(",").map((address) => Number(address.slice(address.lastIndexOf(":") + 1))),
    makeTopic: (name, partitions) => tell("topic", name, partitions),
    refuseProduce: (errors) => tell("fail", PRODUCE, ...errors),
    down: (broker) => tell("down", broker),
    up: (broker) => tell("up", broker),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
