/** What `npm start` runs, with as many orders as ORDERS says instead of 500, from two clients. */
import { runCommandLine } from "../../../examples/local/run/command-line.ts";
import { orders } from "../../../examples/orders/scenario/index.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), [orders(Number(process.env["ORDERS"]), 2)]);
