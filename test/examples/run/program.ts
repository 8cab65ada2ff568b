/** What `npm start` runs, with as many orders as ORDERS says instead of 500, from two clients, and no marketplace's. */
import { runCommandLine } from "../../../examples/local/run/command-line.ts";
import { NO_MARKET, orders } from "../../../examples/orders/scenario/index.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), [
  orders(Number(process.env["ORDERS"]), 2, NO_MARKET),
]);
