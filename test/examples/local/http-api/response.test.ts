import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readResponse } from "../../../../examples/local/http-api/response.ts";

const read = (value: unknown) => {
  const response = readResponse(JSON.stringify(value));
  return response && { ...response, body: response.body.toString("utf8") };
};

describe("without a status code, what the function returned is the body of a 200", () => {
  test.each([
    ["an object", { message: "hi" }, '{"message":"hi"}'],
    ["a string, without quotes", "Hello from Lambda!", "Hello from Lambda!"],
    ["a number", 5, "5"],
    ["null", null, "null"],
    ["a list", [{ statusCode: 404 }], '[{"statusCode":404}]'],
    ["an object with a body", { body: "x" }, '{"body":"x"}'],
  ])("%s", (_rule, value, body) => {
    expect(read(value)).toEqual({ status: 200, headers: [["content-type", "application/json"]], body });
  });
});

describe("with a status code it is a response", () => {
  test("with headers, cookies and a body", () => {
    const value = {
      statusCode: 201,
      headers: { Location: "/orders/1", "Content-Type": "application/json", "x-count": 3, "x-new": true },
      cookies: ["a=1; Secure", "b=2"],
      body: "{}",
    };
    expect(read(value)).toEqual({
      status: 201,
      headers: [
        ["location", "/orders/1"],
        ["content-type", "application/json"],
        ["x-count", "3"],
        ["x-new", "true"],
        ["set-cookie", "a=1; Secure"],
        ["set-cookie", "b=2"],
      ],
      body: "{}",
    });
  });

  test("that is plain text when no type is given", () => {
    const plain = { status: 200, headers: [["content-type", "text/plain;charset=UTF-8"]], body: "" };
    expect(read({ statusCode: 200 })).toEqual(plain);
    expect(read({ statusCode: "200", headers: null, body: null, cookies: null })).toEqual(plain);
  });

  test("with a status up to 599 and headers that say nothing of the type", () => {
    expect(read({ statusCode: 599, headers: { "x-a": "b" } })).toMatchObject({
      status: 599,
      headers: [
        ["content-type", "text/plain;charset=UTF-8"],
        ["x-a", "b"],
      ],
    });
  });

  test("whose body is decoded when it is base64", () => {
    const bytes = Buffer.from([0, 255, 10]);
    const payload = JSON.stringify({
      statusCode: 200,
      body: bytes.toString("base64"),
      isBase64Encoded: true,
    });
    expect(readResponse(payload)?.body).toEqual(bytes);
  });

  test("that does not decide over the connection", () => {
    const headers = { Connection: "close", "Transfer-Encoding": "chunked", "Content-Length": "99" };
    expect(read({ statusCode: 200, headers })?.headers.map(([name]) => name)).toEqual(["content-type"]);
  });
});

describe("a response that cannot be sent is refused", () => {
  test.each([
    ["a status that is no number", { statusCode: "ok" }],
    ["a status out of range", { statusCode: 700 }],
    ["an informational status", { statusCode: 101 }],
    ["half a status", { statusCode: 200.5 }],
    ["a null status", { statusCode: null }],
    ["a body that is an object", { statusCode: 200, body: { a: 1 } }],
    ["headers that are a list", { statusCode: 200, headers: [] }],
    ["a header that is an object", { statusCode: 200, headers: { a: {} } }],
    ["a header with a line break", { statusCode: 200, headers: { a: "x\r\nset-cookie: y" } }],
    ["a header name with a space", { statusCode: 200, headers: { "a b": "x" } }],
    ["cookies that are text", { statusCode: 200, cookies: "a=1" }],
    ["a cookie with a line break", { statusCode: 200, cookies: ["a=1\n"] }],
    ["base64 or not, but not 'yes'", { statusCode: 200, isBase64Encoded: "yes" }],
  ])("%s", (_rule, value) => {
    expect(read(value)).toBeUndefined();
  });

  test("and what is no JSON", () => {
    expect(readResponse("")).toBeUndefined();
    expect(readResponse("{")).toBeUndefined();
  });

  test("whatever it is, nothing is thrown", () => {
    const like = fc.record(
      { statusCode: fc.anything(), headers: fc.anything(), cookies: fc.anything(), body: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          like.map((value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? 1 : v))),
        ),
        (payload) => {
          const response = readResponse(payload);
          expect(response === undefined || (response.status >= 200 && response.status <= 599)).toBe(true);
        },
      ),
    );
  });
});
