import { RetryableError, rootCall } from "holdfast";
import { CircuitOpenError } from "holdfast/circuit-breaker";
import { memoryStore } from "holdfast/idempotency/memory";
import { expect, it } from "vitest";
import { paidOnce } from "../../../../examples/orders/src/paid-once.ts";

const charge = { orderId: "order-1", customerId: "customer-1", amount: 100, idempotencyKey: "key" };

/** Payments whose first charge fails so, and what each of two charges came to. */
async function twoCharges(failure: Error) {
  let sent = 0;
  const payments = paidOnce(
    {
      async charge() {
        sent += 1;
        if (sent === 1) throw failure;
        return { chargeId: "charge-1" };
      },
      refund: async () => ({ refundId: "refund-1" }),
    },
    memoryStore(),
  );
  const ends = [];
  for (let times = 0; times < 2; times++) {
    ends.push(await payments.charge(charge, rootCall()).catch(({ code }: { code: string }) => code));
  }
  return { ends, sent };
}

it("a charge that the circuit refused was not sent, and is sent by the next run", async () => {
  const { ends, sent } = await twoCharges(new CircuitOpenError("payments", 1_000));
  expect(ends).toEqual(["CIRCUIT_OPEN", { chargeId: "charge-1" }]);
  expect(sent).toBe(2);
});

it("a charge without an answer is never sent again by itself", async () => {
  const { ends, sent } = await twoCharges(new RetryableError("no answer"));
  expect(sent).toBe(1);
  expect(ends[1]).toMatch(/UNKNOWN/);
});
