import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkEvents } from "../../../src/cli/check-events/index.ts";
import { describeEvents } from "../../../src/cli/describe-events/index.ts";
import { type Ran, runCommand } from "../fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "describe-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BEFORE = "test/cli/events/before.ts";

function describe(...args: string[]): Promise<Ran> {
  return runCommand(describeEvents, args);
}

test("the catalogue says of each event its schema, an example, who publishes it and who takes it", async () => {
  const { exitCode, out, err } = await describe(BEFORE);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toBe(`# Events

| event | producers | consumers |
| --- | --- | --- |
| [order.service OrderPlaced 1](#orderservice-orderplaced-1) | shop | stock, payments, archive |
| [order.service OrderShipped 1](#orderservice-ordershipped-1) | order.service | none known |

## order.service OrderPlaced 1

An order was taken \\| by our own shop.

Producers: shop. Consumers: stock, payments, archive.

| path | type | required | constraints | |
| --- | --- | --- | --- | --- |
| \`/orderId\` | string | yes | matches ^o-\\[0-9\\]{1,6}$ |  |
| \`/lines\` | array | yes | ≥ 1 items |  |
| \`/lines/*\` | object |  |  |  |
| \`/lines/*/sku\` | string | yes |  |  |
| \`/lines/*/quantity\` | integer | yes | ≥ 0 |  |
| \`/email\` | string |  | email |  |

There may be other properties.

An example:

\`\`\`json
{
  "orderId": "o-1",
  "lines": [
    {
      "sku": "a",
      "quantity": 1
    }
  ],
  "email": "ann@example.com"
}
\`\`\`

## order.service OrderShipped 1

Producers: order.service. Consumers: none known.

| path | type | required | constraints | |
| --- | --- | --- | --- | --- |
| \`/orderId\` | string | yes |  |  |

There may be other properties.

An example:

\`\`\`json
{
  "orderId": "a"
}
\`\`\`
`);
});

test("written as JSON it is what check-events takes as the old side", async () => {
  const file = join(folder, "events.json");
  const { exitCode, out, err } = await describe(BEFORE, "--json", "--out", file);
  expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: "", err: `${file}: 2 events.\n` });
  const [placed] = JSON.parse(readFileSync(file, "utf8")).events;
  expect(placed).toMatchObject({
    source: "order.service",
    version: 1,
    producers: ["shop"],
    example: { orderId: "o-1" },
  });
  expect((await runCommand(checkEvents, [file, BEFORE])).exitCode).toBe(0);
  expect((await runCommand(checkEvents, [file, "test/cli/events/after.ts"])).exitCode).toBe(1);
});

test("a catalogue can be described again, and says the same", async () => {
  const file = join(folder, "again.json");
  await describe(BEFORE, "--json", "--out", file);
  expect((await describe(file)).out).toBe((await describe(BEFORE)).out);
});

test("a file is written all at once, and nothing is left beside it", async () => {
  const file = join(folder, "whole.md");
  writeFileSync(file, "old");
  await describe(BEFORE, "--out", file);
  expect(readFileSync(file, "utf8")).toMatch(/^# Events\n[\s\S]*```\n$/);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  await expect(describe(BEFORE, "--out", join(folder, "none", "file.md"))).rejects.toThrow("ENOENT");
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test("parties can be said in a file; those of the module count too", async () => {
  const file = join(folder, "parties.json");
  writeFileSync(file, JSON.stringify({ "order.service OrderPlaced": { consumers: ["mail"] } }));
  const { out } = await describe(BEFORE, "--parties", file);
  expect(out).toContain("Producers: shop. Consumers: stock, payments, mail, archive.");
});

test("an example that the definition itself refuses is left out, and told", async () => {
  const { exitCode, out, err } = await describe("test/cli/events/refusing.mjs");
  expect(exitCode).toBe(0);
  expect(out).not.toContain("An example:");
  expect(err).toBe("a.service Even 1: no example was found that its definition accepts.\n");
});

test.each([
  [[], {}, "Which events?"],
  [[BEFORE, BEFORE], {}, "twice"],
  [[BEFORE], { "order.service OrderPlacd": {} }, 'The parties name "order.service OrderPlacd"'],
  [[BEFORE], { "order.service OrderPlaced": { consumers: "stock" } }, "lists of names"],
  [[BEFORE], ["order.service OrderPlaced"], "lists of names"],
])("%j with parties %j is refused, and exit code 2", async (args, parties, message) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, JSON.stringify(parties));
  const { exitCode, out, err } = await describe(...args, "--parties", file);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(err).toContain("Usage: holdfast describe-events");
  expect(err).toContain(message);
});
