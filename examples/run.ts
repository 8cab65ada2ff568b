/** `npm start`: runs the example apps on this machine and checks what they promise. */
import { accounting } from "./accounting/scenario/index.ts";
import { backup } from "./backup/scenario/index.ts";
import { runCommandLine } from "./local/run/command-line.ts";
import { logProcessing } from "./log-processing/scenario/index.ts";
import { orders } from "./orders/scenario/index.ts";
import { streaming } from "./streaming/scenario/index.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), [
  orders(),
  logProcessing(),
  accounting(),
  backup(),
  streaming(),
]);
