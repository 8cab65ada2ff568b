import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRoutes } from "../../../../examples/local/http-api/routes.ts";

const route = (key: string): { method: string; path: string } => {
  const [method = "", path = ""] = key.includes(" ") ? key.split(" ") : ["ANY", key];
  return { method, path };
};

describe("the most specific route is taken", () => {
  const select = compileRoutes(
    [
      "$default",
      "ANY /{proxy+}",
      "GET /pets/{proxy+}",
      "GET /pets/dog/{id}",
      "GET /pets/dog/1",
      "ANY /pets/{kind}",
      "POST /pets/{kind}",
      "DELETE /pets/{kind}/{id}",
    ].map(route),
  );

  test.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", undefined],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["GET", "/pets/cat", "ANY /pets/{kind}", { kind: "cat" }],
    ["POST", "/pets/cat", "POST /pets/{kind}", { kind: "cat" }],
    ["PUT", "/pets/cat", "ANY /pets/{kind}", { kind: "cat" }],
    ["DELETE", "/pets/dog/1", "DELETE /pets/{kind}/{id}", { kind: "dog", id: "1" }],
    ["PUT", "/pets/dog/1", "ANY /{proxy+}", { proxy: "pets/dog/1" }],
    ["POST", "/test/5", "ANY /{proxy+}", { proxy: "test/5" }],
    ["GET", "/", "$default", undefined],
  ])("%s %s goes to %s", (method, path, routeKey, pathParameters) => {
    const match = select(method, path);
    expect(match?.routeKey).toBe(routeKey);
    expect(match?.pathParameters).toEqual(pathParameters);
  });

  test("a full match comes before a greedy one that begins alike", () => {
    const match = compileRoutes([route("GET /pets/{proxy+}"), route("GET /{kind}/best")])(
      "GET",
      "/pets/best",
    );
    expect(match?.routeKey).toBe("GET /{kind}/best");
  });

  test("whatever the order of the routes", () => {
    const keys = [
      "GET /a/{x}",
      "GET /a/b",
      "ANY /a/b",
      "GET /{proxy+}",
      "GET /a/{proxy+}",
      "GET /{x}/b",
      "$default",
    ];
    const expected = compileRoutes(keys.map(route));
    const part = fc.constantFrom("a", "b", "c");
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(keys, { minLength: keys.length }),
        fc.constantFrom("GET", "PUT"),
        path,
        (order, method, p) => {
          expect(compileRoutes(order.map(route))(method, p)).toEqual(expected(method, p));
        },
      ),
    );
  });
});

describe("a path", () => {
  test.each([
    ["has as many segments as its route", "GET /orders/{id}", "/orders/1/items"],
    ["does not lose its end", "GET /orders", "/orders/"],
    ["gives every variable a value", "GET /orders/{id}", "/orders/"],
    ["gives a greedy variable a value", "GET /orders/{proxy+}", "/orders/"],
    ["is case-sensitive", "GET /orders", "/Orders"],
    ["is matched from its beginning", "GET /orders", "/v1/orders"],
  ])("%s", (_rule, key, path) => {
    expect(compileRoutes([route(key)])("GET", path)).toBeUndefined();
  });

  test("the method must be the route's", () => {
    expect(compileRoutes([route("GET /orders")])("POST", "/orders")).toBeUndefined();
  });

  test("variables are decoded, after the path has been cut", () => {
    const select = compileRoutes([route("GET /orders/{id}")]);
    expect(select("GET", "/orders/a%20b%2Fc%C3%A9")?.pathParameters).toEqual({ id: "a b/cé" });
    expect(select("GET", "/orders/100%")?.pathParameters).toEqual({ id: "100%" });
  });
});
