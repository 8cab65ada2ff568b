import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { apt, librariesIn, unpackWithLibraries } from "./debian.ts";
import { installNpmPackage } from "./npm.ts";
import type { Program, SecondOpinion } from "./second-opinion.ts";

const PACKAGE = "librdkafka1";
const CLIENT = "kafkajs";
const VERSION = "2.2.4";
const folder = join(cacheFolder, "kafka");

const python: Program = {
  command: "python3",
  probe: ["-c", "import ctypes"],
  says: "Python 3 (python3), which calls the library",
};

/** librdkafka's mock cluster: brokers that keep their topics in memory. The tests start as many as they need, and stop them. */
export const kafka: SecondOpinion = {
  name: "kafka",
  says: "Kafka's batches and bulk sender lose nothing and keep their order on librdkafka's mock brokers, through kafkajs",
  from:
    "librdkafka as the machine's Debian or Ubuntu has it (BSD-2-Clause), whose mock cluster it is; " +
    `${CLIENT} ${VERSION} from npm (MIT): no longer developed, but the shape that kafkaTarget takes a producer of`,
  needs: [apt, python],
  install: (run) =>
    installOnce("kafka", `${PACKAGE} ${CLIENT}@${VERSION}`, async () => {
      await unpackWithLibraries(run, PACKAGE, folder);
      await installNpmPackage(run, folder, CLIENT, VERSION);
    }),
  start: async () => ({
    environment: {
      HOLDFAST_TEST_RDKAFKA: librariesIn(folder),
      HOLDFAST_TEST_KAFKAJS: join(folder, "node_modules", CLIENT, "index.js"),
    },
    stop: async () => {},
  }),
  tests: ["test/services/kafka"],
};
