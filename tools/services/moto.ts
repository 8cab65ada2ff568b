import { startServer } from "./answering.ts";
import { python } from "./python.ts";
import type { Run } from "./run.ts";
import type { Started } from "./second-opinion.ts";

export const motoFrom = "moto 5.2.5 from PyPI (Apache-2.0)";

/** A moto server that answers one request after the other. */
const ONE_BY_ONE = `
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
`;

/**
 * One moto server; `environment` says how the tests are told of it.
 *
 * Its threads share what is stored without a lock: two conditional writes at once can both see the item half-made.
 * Where that matters, it must answer `one-by-one`.
 */
export function startMoto(
  run: Run,
  answers: "at-once" | "one-by-one",
  environment: (endpoint: string) => Readonly<Record<string, string>>,
): Promise<Started> {
  const args = (port: number): readonly string[] =>
    answers === "at-once"
      ? ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(port)]
      : ["-c", ONE_BY_ONE, String(port)];
  return startServer(run, { name: "moto", command: python, args, path: "/moto-api/data.json", environment });
}
