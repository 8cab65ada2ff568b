import { globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { chown } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { wouldInstall } from "./debian.ts";
import type { Run } from "./run.ts";
import type { SecondOpinion, Started } from "./second-opinion.ts";

const NAME = "postgres";
const folder = join(cacheFolder, NAME);
/** Where Debian's packages put a server's programs: of this machine's own, and of what was unpacked. */
const PROGRAMS = "usr/lib/postgresql/*/bin/postgres";
const START_MS = 30_000;
/** Who the server runs as where we are root: it refuses to be root. */
const NOBODY = 65_534;

/** The PostgreSQL store, and the ledger that is built on it, on a real server, through pg, with connections that are truly at once. */
export const postgres: SecondOpinion = {
  name: NAME,
  says: "the idempotency store and the example's ledger keep their promises on a real PostgreSQL, with many connections at once",
  from: "this machine's PostgreSQL, or Debian's, unpacked here (PostgreSQL License); pg 8.23.1 from npm (MIT)",
  needs: [],
  async install(run) {
    if (programs() === undefined) {
      const install = () => installOnce(NAME, "debian", () => unpack(run));
      // The lists of packages may be missing, or older than what can be had.
      await install().catch(() => run.command("apt-get", ["update"]).then(install));
    }
    if (programs() === undefined) throw new Error("Debian's package postgresql came without a server");
  },
  start,
  tests: [
    "test/contracts/idempotency-postgres.test.ts",
    "test/idempotency/postgres-store.test.ts",
    "test/idempotency/transactions/postgres-",
    "test/examples/accounting/ledger.test.ts",
    "test/services/postgres",
  ],
};

/** The folder of the newest server's programs. */
function programs(): string | undefined {
  const version = (file: string): number => Number(/postgresql\/(\d+)/.exec(file)?.[1]);
  const found = ["/", folder].map((cwd) =>
    globSync(PROGRAMS, { cwd })
      .sort((a, b) => version(b) - version(a))
      .map((file) => dirname(join(cwd, file))),
  );
  return found.flat()[0];
}

/**
 * Downloads what this machine's Debian would install for a server, and unpacks it into the cache: nothing is installed
 * beyond that folder, and nobody must be root.
 */
async function unpack(run: Run): Promise<void> {
  const names = await wouldInstall(run, "postgresql");
  const downloads = join(folder, "packages");
  mkdirSync(downloads, { recursive: true });
  // apt-get downloads into the folder it runs in.
  await run.command("sh", ["-c", 'cd "$0" && exec apt-get download "$@"', downloads, ...names]);
  for (const file of globSync("*.deb", { cwd: downloads })) {
    await run.command("dpkg-deb", ["--extract", join(downloads, file), folder]);
  }
}

/** A server with nothing in it, in a folder of its own, that listens on a socket there and nowhere else. */
async function start(run: Run): Promise<Started> {
  const bin = programs() ?? "";
  const isOurs = bin.startsWith(folder);
  const libraries = globSync("usr/lib/*-linux-gnu", { cwd: folder }).map((path) => join(folder, path));
  const env = isOurs ? { LD_LIBRARY_PATH: libraries.join(":") } : {};
  const here = mkdtempSync(join(tmpdir(), "holdfast-postgres-"));
  const tidy = (): void => rmSync(here, { recursive: true, force: true });
  // Ended by a signal, this process does not come to stop the server; the reaper does.
  process.once("exit", tidy);
  const asNobody = process.getuid?.() === 0;
  if (asNobody) await chown(here, NOBODY, NOBODY);
  // It becomes the program, so that a signal reaches that.
  const drop = asNobody ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : ["env"];
  const command = (name: string, args: readonly string[]): [string, readonly string[]] => [
    drop[0] ?? "",
    [...drop.slice(1), join(bin, name), ...args],
  ];
  const data = join(here, "data");
  const lines: string[] = [];
  try {
    const options = ["--username=postgres", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8"];
    await run.command(...command("initdb", [...options, "--pgdata", data]), { env });
  } catch (error) {
    tidy();
    throw error;
  }
  const settings = ["listen_addresses=", "fsync=off", "max_connections=150", "jit=off"];
  const server = run.start(
    ...command("postgres", ["-D", data, "-k", here, ...settings.flatMap((setting) => ["-c", setting])]),
    {
      env,
      onLine(line) {
        lines.push(line);
        if (lines.length > 20) lines.shift();
      },
    },
  );
  async function stop(): Promise<void> {
    // Its fast shutdown: connections that tests left open are closed.
    server.signal("SIGINT");
    await server.exited;
    tidy();
  }
  const ready = ["--quiet", "--host", here, "--username=postgres", "--dbname=postgres"];
  const until = Date.now() + START_MS;
  const ended = server.exited.then(() => true);
  for (;;) {
    const isUp = (await run.exitCode(...command("pg_isready", ready), { env })) === 0;
    if (isUp) return { environment: { HOLDFAST_TEST_POSTGRES: here }, stop };
    const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), 200));
    if ((await Promise.race([ended, pause])) || Date.now() > until) {
      await stop();
      throw new Error(`The PostgreSQL in ${bin} did not start:\n${lines.join("\n")}`);
    }
  }
}
