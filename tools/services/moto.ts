import { startServer } from "./answering.ts";
import { python } from "./python.ts";
import type { Run } from "./run.ts";
import type { Started } from "./second-opinion.ts";

export const motoFrom = "moto 5.2.5 from PyPI (Apache-2.0)";

/** One moto server; `environment` says how the tests are told of it. */
export function startMoto(
  run: Run,
  environment: (endpoint: string) => Readonly<Record<string, string>>,
): Promise<Started> {
  return startServer(run, {
    name: "moto",
    command: python,
    args: (port) => ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(port)],
    path: "/moto-api/data.json",
    environment,
  });
}
