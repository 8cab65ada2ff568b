import { HoldfastError, rootCall } from "holdfast";
import { EventInvalidError } from "holdfast/events";
import { describe, expect, it } from "vitest";
import {
  answer,
  answeringErrors,
  BadRequest,
  type HttpAnswer,
  header,
  jsonBody,
} from "../../../examples/orders/src/http.ts";
import { httpRequest } from "./fixtures.ts";

/** An error of the library's, known by its code alone. */
const coded = (code: string) => new HoldfastError(code, "secret of the error", { retryable: false });

async function answerTo(error: unknown): Promise<HttpAnswer> {
  const failing = answeringErrors(() => Promise.reject(error));
  return failing(httpRequest("secret of the payload"), rootCall());
}

describe("a header", () => {
  it.each(["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])(
    "is found when it came as %s",
    (name) => {
      const request = { headers: { other: "b", [name]: "a" } };
      expect(header(request, "Idempotency-Key")).toBe("a");
      expect(header(request, "idempotency-key")).toBe("a");
    },
  );

  it("that is not there is undefined, also when there are none at all", () => {
    expect(header({ headers: {} }, "toString")).toBeUndefined();
    expect(header(JSON.parse("{}"), "Idempotency-Key")).toBeUndefined();
  });
});

describe("a body", () => {
  it("is read as JSON, and from Base64 when the event says so", () => {
    const text = '{"name":"Zoë"}';
    expect(jsonBody(httpRequest(text))).toEqual({ name: "Zoë" });
    const body = Buffer.from(text).toString("base64");
    expect(jsonBody(httpRequest(body, { isBase64Encoded: true }))).toEqual({ name: "Zoë" });
  });

  it.each([
    ["cut off", '{"name":'],
    ["empty", ""],
    ["no JSON", "name=Zoë"],
  ])("that is %s is a bad request", (_, body) => {
    expect(() => jsonBody(httpRequest(body))).toThrow(BadRequest);
  });

  it("that is missing is a bad request", () => {
    expect(() => jsonBody({ headers: {} })).toThrow(BadRequest);
  });
});

describe("the answer to an error", () => {
  it("is 400 with every problem of a bad request", async () => {
    const problems = [
      { field: "/total", message: "must be integer" },
      { field: "Idempotency-Key", message: "missing" },
    ];
    const { statusCode, headers, body } = await answerTo(new BadRequest(problems));
    expect([statusCode, headers["content-type"]]).toEqual([400, "application/problem+json"]);
    expect(JSON.parse(body)).toEqual({ status: 400, title: "The request is not valid.", problems });
  });

  it("is 400 with the problems of an event that its definition refuses", async () => {
    const error = new EventInvalidError("order.service OrderPlaced", [
      { path: "/items", rule: "minItems", message: "must have an item" },
    ]);
    const { statusCode, body } = await answerTo(error);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body).problems).toEqual([{ field: "/items", message: "must have an item" }]);
  });

  it.each([
    ["an error of ours", coded("EVENT_PUBLISH")],
    ["any error", new TypeError("secret of the error")],
    ["what is no error", "secret of the error"],
    ["nothing", undefined],
  ])("is 503, and when to ask again, for %s", async (_, error) => {
    const { statusCode, headers } = await answerTo(error);
    expect([statusCode, headers["retry-after"]]).toEqual([503, "1"]);
  });

  it.each([coded("EVENT_PUBLISH"), new TypeError("secret of the error"), new BadRequest([])])(
    "tells nothing of the error's text or the payload: %s",
    async (error) => {
      expect(JSON.stringify(await answerTo(error))).not.toContain("secret");
    },
  );

  it("does not take the place of what succeeds", async () => {
    const fine = answeringErrors(() => Promise.resolve(answer(202, { a: 1 })));
    expect(await fine(httpRequest("{}"), rootCall())).toEqual({
      statusCode: 202,
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
    });
  });
});
