/** Retry, circuit breaker and timeout together, round a no-op and in a bundle, beside cockatiel and opossum. */
import {
  ConsecutiveBreaker,
  circuitBreaker as cockatielBreaker,
  retry as cockatielRetry,
  timeout as cockatielTimeout,
  wrap as cockatielWrap,
  ExponentialBackoff,
  handleAll,
  TimeoutStrategy,
} from "cockatiel";
import { rootCall, timeout, wrap } from "holdfast";
import { circuitBreaker } from "holdfast/circuit-breaker";
import { retry } from "holdfast/retry";
import Opossum from "opossum";
import { bundled, gzippedBytes } from "../bundle.ts";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, type Row } from "../row.ts";
import { titled } from "./titled.ts";

const TIMEOUT_MS = 2_000;
const BUNDLE_BYTES = 3_584;

export async function rows(): Promise<readonly Row[]> {
  return [...(await timeRows()), ...(await sizeRows())];
}

async function timeRows(): Promise<readonly Row[]> {
  const noop = async (input: number): Promise<number> => input;
  const endless = rootCall();
  const limited = rootCall({ timeoutMs: 900_000 });
  const ours = wrap(
    noop,
    retry({ maxAttempts: 4 }),
    circuitBreaker({ name: "bench" }),
    timeout({ ms: TIMEOUT_MS }),
  );
  const cockatiel = cockatielStack(TimeoutStrategy.Aggressive);
  const cockatielListening = cockatielStack(TimeoutStrategy.Cooperative);
  const opossum = new Opossum(noop, { timeout: TIMEOUT_MS });
  const ns = await measure([
    { name: "bare", run: () => noop(1) },
    { name: "ours", run: () => ours(1, endless) },
    { name: "oursLimited", run: () => ours(1, limited) },
    { name: "cockatiel", run: () => cockatiel.execute(() => noop(1)) },
    { name: "cockatielListening", run: () => cockatielListening.execute(() => noop(1)) },
    { name: "opossum", run: () => opossum.fire(1) },
  ] as const);
  opossum.shutdown();
  const title = titled("resilience", "ns");
  const three = "retry, breaker, timeout round a no-op";
  return [
    besidePeer(title(three, 0.12), ns.ours, "cockatiel, aggressive timeout", ns.cockatiel),
    besidePeer(title(three), ns.ours, "cockatiel, cooperative timeout", ns.cockatielListening),
    besidePeer(title(three), ns.ours, "opossum, its timeout, no retry", ns.opossum),
    besidePeer(
      title("the same on a call with a deadline"),
      ns.oursLimited,
      "cockatiel, aggressive timeout, no deadline",
      ns.cockatiel,
    ),
    againstBudget(title("bare function"), ns.bare),
  ];
}

function cockatielStack(strategy: TimeoutStrategy) {
  return cockatielWrap(
    cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    cockatielBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
    cockatielTimeout(TIMEOUT_MS, strategy),
  );
}

async function sizeRows(): Promise<readonly Row[]> {
  const bytesOf = async (file: string): Promise<number[]> => [
    gzippedBytes(await bundled(new URL(file, import.meta.url))),
  ];
  const ours = await bytesOf("./resilience/ours.ts");
  const title = titled("resilience", "bytes");
  return [
    againstBudget(title("retry, breaker, timeout, minified, gzip", BUNDLE_BYTES), ours),
    besidePeer(title("the same"), ours, "cockatiel", await bytesOf("./resilience/cockatiel.ts")),
    besidePeer(title("the same"), ours, "opossum, no retry", await bytesOf("./resilience/opossum.ts")),
  ];
}
