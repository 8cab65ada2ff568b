import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { S3Client } from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { afterEach, describe, expect, it } from "vitest";
import { startHttpServer } from "../../../examples/local/process/http-server.ts";
import { countErrorLines } from "../../../examples/log-processing/src/error-lines.ts";
import { readRecord } from "../../../examples/log-processing/src/log-object.ts";
import { logText } from "../../../examples/log-processing/src/log-text.ts";
import { s3Objects } from "../../../examples/log-processing/src/s3-object.ts";
import { recordOf } from "./fixtures.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** What a server does with one request: cut the connection after so many bytes, say nothing, or answer an error. */
type Fate = { readonly cutAfter: number } | "hang" | { readonly status: number; readonly code: string };

/** S3 as far as one object goes, with a fate for each request in turn; the rest are answered in full. */
async function server(object: Buffer, fates: readonly Fate[]) {
  const seen: {
    readonly range: string | undefined;
    readonly ifMatch: string | undefined;
    readonly url: string;
  }[] = [];
  const left = [...fates];
  const eTag = `"${createHash("md5").update(object).digest("hex")}"`;
  const http = await startHttpServer((request, response) => {
    const { range, "if-match": ifMatch } = request.headers;
    seen.push({ range, ifMatch, url: request.url ?? "" });
    const fate = left.shift();
    if (fate === "hang") return;
    if (fate !== undefined && "status" in fate) {
      response.writeHead(fate.status, { "content-type": "application/xml" });
      return void response.end(`<Error><Code>${fate.code}</Code><Message>told to</Message></Error>`);
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const body = object.subarray(from);
    response.writeHead(range === undefined ? 200 : 206, {
      "content-length": body.length,
      etag: eTag,
      ...(range === undefined
        ? {}
        : { "content-range": `bytes ${from}-${object.length - 1}/${object.length}` }),
    });
    if (fate === undefined) return void response.end(body);
    response.write(body.subarray(0, fate.cutAfter), () => setTimeout(() => request.socket.destroy(), 5));
  });
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${http.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
    requestHandler: { socketTimeout: 200 },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  stops.push(async () => client.destroy(), http.stop);
  return { read: s3Objects(client), seen, eTag };
}

const log = readRecord(recordOf({ key: "a%2B+b.log", versionId: "v 1" }));
const { eTag: _, ...withoutETag } = log;

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const large = Buffer.alloc(1_000_000, "INFO a\nERROR b\nINFO c, and so on\n");

describe("an object of S3", () => {
  it("is read in the version and with the ETag of its notification", async () => {
    const { read, seen } = await server(Buffer.from("ERROR\n"), []);
    const { bytes } = await read(log, rootCall());
    expect(String(await whole(bytes))).toBe("ERROR\n");
    expect(seen).toEqual([
      { range: undefined, ifMatch: '"e"', url: "/logs/a%2B%20b.log?versionId=v%201&x-id=GetObject" },
    ]);
  });

  it("goes on from the byte reached when the connection is cut, of the same version", async () => {
    const { read, seen, eTag } = await server(large, [{ cutAfter: 300_000 }, { cutAfter: 50_000 }]);
    const { bytes } = await read(withoutETag, rootCall());
    expect((await whole(bytes)).equals(large)).toBe(true);
    expect(seen.map(({ range }) => range)).toEqual([undefined, "bytes=300000-", "bytes=350000-"]);
    expect(seen.map(({ ifMatch }) => ifMatch)).toEqual([undefined, eTag, eTag]);
  });

  it("goes on in the packed bytes when it is gzip", async () => {
    const packed = gzipSync(large, { level: 0 });
    const { read, seen } = await server(packed, [{ cutAfter: 400_001 }, { cutAfter: 1 }, { cutAfter: 2 }]);
    const { bytes } = await read(log, rootCall());
    const text = logText(bytes, { what: "log", saysGzip: true });
    expect(await countErrorLines(text)).toBe(await countErrorLines(parts(large)));
    expect(seen).toHaveLength(4);
  });

  it("is whole when the connection is cut behind its last byte", async () => {
    const { read, seen } = await server(large, [{ cutAfter: large.length }]);
    const { bytes } = await read(log, rootCall());
    expect((await whole(bytes)).equals(large)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it("is given up when the connection is cut again and again", async () => {
    const { read, seen } = await server(large, Array<Fate>(20).fill({ cutAfter: 10 }));
    const { bytes } = await read(log, rootCall());
    await expect(whole(bytes)).rejects.toThrow();
    expect(seen).toHaveLength(6);
  });

  it("is asked for again when S3 is slow or busy", async () => {
    const { read, seen } = await server(large, ["hang", { status: 503, code: "SlowDown" }]);
    const { bytes } = await read(log, rootCall());
    expect((await whole(bytes)).length).toBe(large.length);
    expect(seen).toHaveLength(3);
  });

  it.each([
    [404, "NoSuchKey", "deleted"],
    [404, "NoSuchVersion", "deleted"],
    [405, "MethodNotAllowed", "deleted"],
    [412, "PreconditionFailed", "replaced"],
  ])("is gone when S3 answers %s %s, and is not asked for again", async (status, code, how) => {
    const { read, seen } = await server(large, [{ status, code }]);
    await expect(read(log, rootCall())).rejects.toMatchObject({ code: "LOG_GONE", how });
    expect(seen).toHaveLength(1);
  });

  it("is gone when it goes while it is read", async () => {
    const { read } = await server(large, [{ cutAfter: 100 }, { status: 404, code: "NoSuchVersion" }]);
    const { bytes } = await read(log, rootCall());
    await expect(whole(bytes)).rejects.toMatchObject({ code: "LOG_GONE" });
  });

  it("is not gone when its bucket is missing or may not be read", async () => {
    const { read } = await server(large, [
      { status: 404, code: "NoSuchBucket" },
      { status: 403, code: "AccessDenied" },
    ]);
    await expect(read(log, rootCall())).rejects.toMatchObject({ name: "NoSuchBucket" });
    await expect(read(log, rootCall())).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("ends with its call: nothing goes on past the deadline", async () => {
    const { read, seen } = await server(large, [{ cutAfter: 10 }, "hang"]);
    const call = rootCall({ timeoutMs: 80 });
    const { bytes } = await read(log, call);
    const began = performance.now();
    await expect(whole(bytes)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(seen).toHaveLength(2);
  });

  it("ends with its call in the middle of the stream", async () => {
    const { read } = await server(large, []);
    const stop = new AbortController();
    const { bytes } = await read(log, rootCall({ signal: stop.signal }));
    const reason = new Error("enough");
    await expect(
      (async () => {
        for await (const _ of bytes) stop.abort(reason);
      })(),
    ).rejects.toBe(reason);
  });
});

async function* parts(bytes: Buffer) {
  yield bytes;
}
