import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countErrorLines } from "../../../examples/log-processing/src/error-lines.ts";
import { logText } from "../../../examples/log-processing/src/log-text.ts";

const what = "s3://logs/a.log";

async function* pieces(...list: readonly Uint8Array[]) {
  yield* list;
}

async function textOf(bytes: AsyncIterable<Uint8Array>, saysGzip = false): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of logText(bytes, { what, saysGzip })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function cut(bytes: Buffer, everyBytes: number): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += everyBytes) list.push(bytes.subarray(at, at + everyBytes));
  return list;
}

describe("the text of an object", () => {
  it("is its bytes when they are not packed", async () => {
    expect(await textOf(pieces(Buffer.from("a\n"), Buffer.from("b\n")))).toBe("a\nb\n");
  });

  it("is unpacked when its first bytes say gzip, whatever its name says", async () => {
    expect(await textOf(pieces(gzipSync("ERROR\n")))).toBe("ERROR\n");
    expect(await textOf(pieces(gzipSync("ERROR\n")), true)).toBe("ERROR\n");
  });

  it("is empty for an object without bytes, and for a packed nothing", async () => {
    expect(await textOf(pieces())).toBe("");
    expect(await textOf(pieces(), true)).toBe("");
    expect(await textOf(pieces(gzipSync("")), true)).toBe("");
  });

  it("is one byte when that is all", async () => {
    expect(await textOf(pieces(Buffer.from("x")))).toBe("x");
  });

  it("is whole for several gzip members one after the other, cut anywhere", async () => {
    const members = Buffer.concat([gzipSync("a ERR"), gzipSync("OR\nb\n"), gzipSync("")]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: members.length }), async (everyBytes) => {
        expect(await textOf(pieces(...cut(members, everyBytes)), true)).toBe("a ERROR\nb\n");
      }),
      { numRuns: members.length },
    );
  });

  it("may be padded with zeros behind the gzip", async () => {
    expect(await textOf(pieces(Buffer.concat([gzipSync("a\n"), Buffer.alloc(512)])), true)).toBe("a\n");
  });

  const packed = gzipSync("INFO a line that is long enough to be cut\n".repeat(20));
  const flipped = Buffer.from(packed);
  flipped[30] = (flipped[30] ?? 0) ^ 0xff;
  it.each([
    ["truncated", packed.subarray(0, -9), "unexpected end of file"],
    ["cut after its first two bytes", packed.subarray(0, 2), "unexpected end of file"],
    ["damaged", flipped, "no whole gzip file"],
    ["followed by something else", Buffer.concat([packed, Buffer.from("ERROR\n")]), "no whole gzip file"],
    ["not gzip at all, though it says so", Buffer.from("ERROR\n"), "says it is gzip, and is not"],
  ])("is refused for good when it is %s", async (_, bytes, why) => {
    await expect(textOf(pieces(bytes), true)).rejects.toMatchObject({
      code: "LOG_CORRUPT",
      retryable: false,
      message: expect.stringContaining(`${what}: `),
    });
    await expect(textOf(pieces(bytes), true)).rejects.toThrow(why);
  });

  it("fails with the source's own error, packed or not, and never takes it for corruption", async () => {
    const lost = Object.assign(new Error("the connection was lost"), { code: "ECONNRESET" });
    async function* breaking(begin: Buffer) {
      yield begin;
      throw lost;
    }
    await expect(textOf(breaking(packed.subarray(0, 40)))).rejects.toBe(lost);
    await expect(textOf(breaking(Buffer.from("INFO\n")))).rejects.toBe(lost);
  });

  it("lets go of the source when nobody wants more, and when it is corrupt", async () => {
    let released = 0;
    async function* source(begin: Buffer) {
      try {
        for (;;) yield begin;
      } finally {
        released += 1;
      }
    }
    for await (const _ of logText(source(Buffer.from("x\n")), { what, saysGzip: false })) break;
    for await (const _ of logText(source(gzipSync("x\n")), { what, saysGzip: true })) break;
    await expect.poll(() => released).toBe(2);
    await expect(textOf(source(flipped), true)).rejects.toThrow("gzip");
    await expect.poll(() => released).toBe(3);
    await expect(textOf(source(Buffer.from("x\n")), true)).rejects.toThrow("gzip");
    await expect.poll(() => released).toBe(4);
  });

  it("is held a piece at a time, however much a small object unpacks to", async () => {
    const member = gzipSync(Buffer.alloc(32 * 1024 * 1024), { level: 9 });
    expect(member.length).toBeLessThan(64 * 1024);
    const small = Array<Buffer>(8).fill(member);
    let held = 0;
    async function* watched() {
      for await (const chunk of logText(pieces(...small), { what, saysGzip: true })) {
        held = Math.max(held, process.memoryUsage().arrayBuffers);
        yield chunk;
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    expect(await countErrorLines(watched())).toBe(0);
    expect(held - before).toBeLessThan(64 * 1024 * 1024);
  });
});
