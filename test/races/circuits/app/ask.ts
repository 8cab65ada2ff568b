import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Call, deriveCall, type Fact, wrap, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { circuitBreaker, consecutiveFailures } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { type Answer, settings } from "./settings.ts";

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is missing.`);
  return value;
}

function shared() {
  if (required("SHARING") === "off") return {};
  const { readEveryMs, staleAfterMs, rampMs, storeTimeoutMs } = settings;
  const store = dynamoDBCircuitStore({
    transport: dynamoDBTransport(new DynamoDBClient({})),
    tableName: required("CIRCUITS_TABLE"),
  });
  return { store, sharing: { readEveryMs, staleAfterMs, rampMs, storeTimeoutMs } };
}

const { threshold, halfOpenAfterMs, probeTimeoutMs, probesToClose } = settings;
const url = required("DEPENDENCY_URL");

/** What is told beside a call may come after its answer: it goes with the next one. */
let untold: string[] = [];
/** Lambda gives an environment one invocation at a time. */
let isProbe = false;

/** What the dependency is told: a call, a probe, or the probe of an environment that has just not reached the store. */
function kind(): "call" | "probe" | "storeless" {
  if (!isProbe) return "call";
  return untold.includes("circuit.store-failed") ? "storeless" : "probe";
}

function hear({ type, to, why, state }: Fact): void {
  const words = [type, to, why, state].filter((word) => typeof word === "string");
  untold.push(words.join(" "));
  isProbe ||= type === "circuit.probed" || (type === "circuit.changed" && to === "half-open");
}

const ask = wrap(
  async (_: object, call: Call): Promise<string> => {
    const headers = { "x-environment": String(process.pid), "x-kind": kind() };
    const response = await fetch(url, { headers, signal: call.signal }).catch(() => {
      throw Object.assign(new Error("The dependency gave no answer."), { code: "NO_ANSWER" });
    });
    await response.arrayBuffer();
    return "answered";
  },
  circuitBreaker({
    name: "dependency",
    trip: consecutiveFailures(threshold),
    halfOpenAfterMs,
    probeTimeoutMs,
    probesToClose,
    ...shared(),
  }),
);

export const handler = wrapHandler(async (event: object, call): Promise<Answer> => {
  isProbe = false;
  const outcome = await ask(event, deriveCall(call, { observer: hear })).catch(
    (error: { readonly code?: unknown; readonly name: string }) => String(error.code ?? error.name),
  );
  const facts = untold;
  untold = [];
  return { pid: process.pid, outcome, isProbe, facts };
});
