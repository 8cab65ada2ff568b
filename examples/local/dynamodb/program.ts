import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A program that serves the DynamoDB wire API on a loopback port. */
export interface DynamoDbProgram {
  readonly name: string;
  readonly command: string;
  readonly args: (port: number) => readonly string[];
  /** What it does not do, for the user to know; undefined when it does all we use. */
  readonly missing?: string;
}

const require = createRequire(import.meta.url);

/**
 * The program to run on this machine: dynoxide where its binary is installed (Linux x64), else dynalite if that
 * is installed.
 *
 * @throws Error saying what to install when there is neither.
 */
export function dynamoDbProgram(resolve: (specifier: string) => string = require.resolve): DynamoDbProgram {
  const dynoxide = find(resolve, "@dynoxide/linux-x64/package.json");
  if (dynoxide !== undefined && process.platform === "linux" && process.arch === "x64") {
    return {
      name: "dynoxide",
      command: join(dirname(dynoxide), "dynoxide"),
      args: (port) => ["--host", "127.0.0.1", "--port", String(port)],
    };
  }
  const dynalite = find(resolve, "dynalite/package.json");
  if (dynalite !== undefined) {
    return {
      name: "dynalite",
      command: process.execPath,
      args: (port) => [
        join(dirname(dynalite), "cli.js"),
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--createTableMs",
        "0",
      ],
      missing:
        "DynamoDB is served by dynalite on this machine: it has no transactions, no streams and no ALL_OLD on a failed condition, so runs that need them will fail",
    };
  }
  throw new Error(
    `no DynamoDB for ${process.platform}-${process.arch}: on linux-x64 install the optional dependency @dynoxide/linux-x64 (npm install); elsewhere run "npm install --no-save dynalite@4", which lacks transactions, streams and ALL_OLD`,
  );
}

function find(resolve: (specifier: string) => string, specifier: string): string | undefined {
  try {
    const path = resolve(specifier);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
