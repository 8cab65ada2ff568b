import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "./answering.ts";
import { cacheFolder, installOnce } from "./cache.ts";
import { copyJars, java, maven } from "./maven.ts";
import type { SecondOpinion } from "./second-opinion.ts";

const SOURCE = new URL("../../test/services/event-ruler/RulerServer.java", import.meta.url);
/** event-ruler and what it needs to run: Apache-2.0 and MIT. */
const JARS = [
  "software.amazon.event.ruler:event-ruler:2.1.0",
  "com.fasterxml.jackson.core:jackson-databind:2.22.2",
  "com.fasterxml.jackson.core:jackson-core:2.22.2",
  "com.fasterxml.jackson.core:jackson-annotations:2.22",
  "ch.randelshofer:fastdoubleparser:2.0.1",
];
const folder = join(cacheFolder, "event-ruler");
const classpath = [join(folder, "classes"), join(folder, "jars/*")].join(delimiter);

/** EventBridge's own matcher, against the patterns of the local EventBridge. */
export const eventRuler: SecondOpinion = {
  name: "event-ruler",
  says: "random patterns and events match, and are refused, as in EventBridge's own matcher",
  from: "software.amazon.event.ruler:event-ruler 2.1.0 from Maven (Apache-2.0)",
  needs: [java, maven],
  install(run) {
    return installOnce("event-ruler", JARS.join() + readFileSync(SOURCE, "utf8"), async () => {
      await copyJars(run, JARS, join(folder, "jars"));
      await run.command("javac", [
        "--release",
        "17",
        "-d",
        join(folder, "classes"),
        "-cp",
        classpath,
        fileURLToPath(SOURCE),
      ]);
    });
  },
  start: (run) =>
    startServer(run, {
      name: "event-ruler",
      command: "java",
      // Without it every answer waits for the acknowledgement of its own head.
      args: (port) => ["-Dsun.net.httpserver.nodelay=true", "-cp", classpath, "RulerServer", String(port)],
      path: "/",
      environment: (endpoint) => ({ HOLDFAST_TEST_EVENT_RULER: endpoint }),
    }),
  tests: ["test/services/event-ruler"],
};
