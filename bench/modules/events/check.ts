/** What judging one detail takes once everything is warm. */
import { measure } from "../../harness.ts";
import { besidePeer, type Row } from "../../row.ts";
import { order } from "../idempotency/order.ts";
import { titled } from "../titled.ts";
import { withAjv } from "./with-ajv.ts";

export async function checkRows(): Promise<readonly Row[]> {
  // It imports what has only just been written.
  const { orderPlaced } = await import("./order-placed.ts");
  const validate = withAjv();
  const ns = await measure([
    { name: "check", run: () => orderPlaced.check(order) },
    // What ajv must do to judge the JSON that is sent.
    { name: "written", run: async () => validate(JSON.parse(JSON.stringify(order))) },
    { name: "bare", run: async () => validate(order) },
  ] as const);
  const title = titled("events", "ns");
  return [
    besidePeer(
      title("check of 585 bytes, as the JSON that is sent", 1.5),
      ns.check,
      "ajv, written and read",
      ns.written,
    ),
    besidePeer(title("check of 585 bytes, all of it"), ns.check, "ajv, of the object as it is", ns.bare),
  ];
}
