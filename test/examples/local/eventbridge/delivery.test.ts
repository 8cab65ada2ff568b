import { describe, expect, test } from "vitest";
import { retryDelayMs, startDeliveries } from "../../../../examples/local/eventbridge/delivery.ts";
import { deliveryFailure } from "../../../../examples/local/eventbridge/delivery-error.ts";
import type { CloudFact, Deliver } from "../../../../examples/local/services.ts";
import { manualClock } from "./manual-clock.ts";

const target = {
  arn: "arn:aws:lambda:::function:f",
  maximumRetryAttempts: 3,
  maximumEventAgeSeconds: 86_400,
};
const deadLetterArn = "arn:aws:sqs:::dlq";
const delivery = { ruleArn: "arn:rule", ruleName: "r", target, payload: "transformed", event: '{"id":"e"}' };
const withDlq = { ...delivery, target: { ...target, deadLetterArn } };

function setUp(fail: (arn: string, call: number) => unknown, speed = 1) {
  const clock = manualClock(speed);
  const facts: CloudFact[] = [];
  const calls: Parameters<Deliver>[] = [];
  const at: number[] = [];
  const startMs = clock.now();
  const deliveries = startDeliveries({
    clock,
    random: () => 0.5,
    observe: (fact) => facts.push(fact),
    deliver: async (...call) => {
      calls.push(call);
      at.push(clock.now() - startMs);
      const error = fail(call[0], calls.length);
      if (error !== undefined) throw error;
    },
  });
  return { clock, facts, calls, at, deliveries };
}

const failing = (code: string): Error => Object.assign(new Error("no luck"), { name: code });
const hour = 3_600_000;

describe("a delivery", () => {
  test("arrives once when the target takes it", async () => {
    const { clock, calls, facts, deliveries } = setUp(() => undefined);
    deliveries.send(delivery);
    expect(deliveries.pending()).toBe(1);
    await clock.advance(0);
    expect(calls).toEqual([[target.arn, "transformed", undefined]]);
    expect(facts).toEqual([]);
    expect(deliveries.pending()).toBe(0);
  });

  test("is tried again, with waits that double, until it arrives", async () => {
    const { clock, at, facts, deliveries } = setUp((_arn, call) =>
      call < 4 ? failing("ThrottlingException") : undefined,
    );
    deliveries.send(delivery);
    await clock.advance(hour);
    expect(at).toEqual([0, 750, 2_250, 5_250]);
    expect(facts).toEqual([2, 3, 4].map((attempt) => ({ type: "rule-retry", ruleName: "r", attempt })));
    expect(deliveries.pending()).toBe(0);
  });

  test("waits in the cloud's time", async () => {
    const { clock, at, deliveries } = setUp(
      (_arn, call) => (call < 2 ? failing("ThrottlingException") : undefined),
      10,
    );
    deliveries.send(delivery);
    await clock.advance(hour);
    expect(at).toEqual([0, 75]);
  });

  test("goes to the dead-letter queue as published once its attempts are used up", async () => {
    const { clock, calls, facts, deliveries } = setUp((arn) =>
      arn === deadLetterArn ? undefined : failing("SomeError"),
    );
    deliveries.send(withDlq);
    await clock.advance(hour);
    expect(calls).toHaveLength(5);
    expect(calls.at(-1)).toEqual([
      deadLetterArn,
      delivery.event,
      {
        RULE_ARN: "arn:rule",
        TARGET_ARN: target.arn,
        ERROR_CODE: "ERROR_FROM_TARGET",
        ERROR_MESSAGE: "no luck",
        EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
        RETRY_ATTEMPTS: "3",
      },
    ]);
    expect(facts.at(-1)).toMatchObject({ type: "dead-letter", from: "r", to: deadLetterArn });
    expect(deliveries.pending()).toBe(0);
  });

  test("goes to the dead-letter queue once the event is too old, counted in the cloud's time", async () => {
    const { clock, calls, deliveries } = setUp(
      (arn) => (arn === deadLetterArn ? undefined : failing("SomeError")),
      60,
    );
    deliveries.send({
      ...withDlq,
      target: { ...withDlq.target, maximumRetryAttempts: 185, maximumEventAgeSeconds: 60 },
    });
    await clock.advance(hour);
    expect(calls.at(-1)?.[2]).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: "MaximumEventAgeInSeconds",
      RETRY_ATTEMPTS: "6",
    });
  });

  test.each(["ResourceNotFoundException", "NO_RESOURCE", "AccessDeniedException", "QueueDoesNotExist"])(
    "that no retry can mend goes to the dead-letter queue at once: %s",
    async (code) => {
      const { clock, calls, deliveries } = setUp((arn) =>
        arn === deadLetterArn ? undefined : failing(code),
      );
      deliveries.send(withDlq);
      await clock.advance(0);
      expect(calls.map(([arn]) => arn)).toEqual([target.arn, deadLetterArn]);
      expect(calls[1]?.[2]).not.toHaveProperty("EXHAUSTED_RETRY_CONDITION");
      expect(calls[1]?.[2]).toMatchObject({ RETRY_ATTEMPTS: "0" });
    },
  );

  test("without a dead-letter queue is reported as dropped", async () => {
    const { clock, facts, deliveries } = setUp(() => "a thrown text");
    deliveries.send({ ...delivery, target: { ...target, maximumRetryAttempts: 0 } });
    await clock.advance(0);
    expect(facts).toEqual([
      { type: "dropped", from: "r", reason: `ERROR_FROM_TARGET from ${target.arn}: a thrown text` },
    ]);
  });

  test("is reported as dropped when the dead-letter queue does not take it either", async () => {
    const { clock, facts, calls, deliveries } = setUp(() => failing("SomeError"));
    deliveries.send({ ...withDlq, target: { ...withDlq.target, maximumRetryAttempts: 0 } });
    await clock.advance(hour);
    expect(calls.filter(([arn]) => arn === deadLetterArn)).toHaveLength(5);
    expect(facts).toEqual([
      expect.objectContaining({ type: "dropped", reason: expect.stringContaining(deadLetterArn) }),
    ]);
    expect(deliveries.pending()).toBe(0);
  });

  test("is reported as dropped at once when the dead-letter queue is not there", async () => {
    const { clock, facts, calls, deliveries } = setUp(() => failing("QueueDoesNotExist"));
    deliveries.send(withDlq);
    await clock.advance(0);
    expect(calls).toHaveLength(2);
    expect(facts).toEqual([expect.objectContaining({ type: "dropped" })]);
    expect(deliveries.pending()).toBe(0);
  });

  test("that waits is given up at stop, and leaves no timer", async () => {
    const { clock, calls, deliveries } = setUp(() => failing("SomeError"));
    deliveries.send(delivery);
    await clock.advance(0);
    expect(clock.timers()).toBe(1);
    await deliveries.stop();
    await clock.advance(hour);
    expect(clock.timers()).toBe(0);
    expect(calls).toHaveLength(1);
    expect(deliveries.pending()).toBe(0);
  });

  test("that fails while stopping waits no more", async () => {
    const { clock, deliveries } = setUp(() => failing("SomeError"));
    deliveries.send(delivery);
    await deliveries.stop();
    await clock.advance(0);
    expect(clock.timers()).toBe(0);
    expect(deliveries.pending()).toBe(0);
  });
});

test.each([
  [
    "the code of a system error",
    Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    "CONNECTION_FAILURE",
    true,
  ],
  ["the name of a service's error", failing("TooManyRequestsException"), "THROTTLING", true],
  ["EventBridge's own code", { code: "NO_PERMISSIONS" }, "NO_PERMISSIONS", false],
  ["an inherited name", failing("constructor"), "ERROR_FROM_TARGET", true],
  ["a code that is no text", { code: 5 }, "ERROR_FROM_TARGET", true],
  ["nothing at all", undefined, "ERROR_FROM_TARGET", true],
  ["null", null, "ERROR_FROM_TARGET", true],
])("a failure is classified by %s", (_rule, thrown, code, retryable) => {
  expect(deliveryFailure(thrown)).toMatchObject({ code, retryable });
});

test("the waits double up to ten minutes, and half of each is random", () => {
  expect([1, 2, 3].map((retry) => retryDelayMs(retry, () => 0))).toEqual([500, 1_000, 2_000]);
  expect(retryDelayMs(185, () => 0)).toBe(300_000);
  expect(retryDelayMs(185, () => 0.999)).toBeLessThan(600_000);
});
