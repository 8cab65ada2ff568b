/** Starts a cloud in this process, brings every function to life, says so, and then only waits to be killed. */
import { startCloud } from "../../../../examples/local/cloud.ts";

const [file = "", buildDir = ""] = process.argv.slice(2);
const cloud = await startCloud({ stacks: [{ file, name: "test" }], buildDir });
await fetch(`${cloud.endpoints.httpApis["Api"]}/things`, { method: "POST", body: '{"id":"a"}' });
await cloud.idle(5_000);
process.stdout.write("up\n");
