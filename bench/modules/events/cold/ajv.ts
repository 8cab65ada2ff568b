import { order } from "../../idempotency/order.ts";
import { withAjv } from "../with-ajv.ts";

if (!withAjv()(order)) throw new Error("The order is right.");
