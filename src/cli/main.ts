#!/usr/bin/env node
import { HoldfastError } from "../core/errors.ts";
import { systemRuntime } from "../core/runtime/runtime.ts";
import type { Interrupts, Io } from "./io.ts";
import { run } from "./run.ts";

/** Questions go to standard error, so that what was asked for can still be piped. */
async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = process.getBuiltinModule("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.once("close", () => resolve(undefined));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function interrupts(): Interrupts {
  const controller = new AbortController();
  const stopListening = (): void => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  function interrupt(): void {
    stopListening();
    controller.abort(new HoldfastError("INTERRUPTED", "Interrupted."));
  }
  for (const name of SIGNALS) process.on(name, interrupt);
  return { signal: controller.signal, [Symbol.dispose]: stopListening };
}

/** A reader that goes away (`| head`) is no failure of ours. */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const io: Io = {
  cwd: process.cwd(),
  runtime: systemRuntime,
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  // `hasColors` knows NO_COLOR and TERM=dumb.
  hasColour: process.stdout.isTTY === true && process.stderr.isTTY === true && process.stdout.hasColors(),
  draw: process.stderr.isTTY === true ? (line) => process.stderr.write(`\r${line}\u001b[K`) : undefined,
  env: process.env,
  interrupts,
  ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? ask : undefined,
};

void run(process.argv.slice(2), io).then((exitCode) => {
  // A user's store may hold connections that nobody here can close; they must not keep the process.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
});
