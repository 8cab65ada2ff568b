import type {
  ALBEvent,
  ALBHandler,
  ALBResult,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyHandler,
  APIGatewayProxyResult,
  APIGatewayProxyStructuredResultV2,
  LambdaFunctionURLEvent,
} from "aws-lambda";
import { type Call, type Fn, type LambdaCall, wrapHandler } from "holdfast";
import type { WithUnit } from "holdfast/idempotency";
import { type HttpAnswer, type HttpEvent, idempotentFetch, idempotentHttp } from "holdfast/idempotency/http";
import { memoryStore } from "holdfast/idempotency/memory";
import { logged } from "holdfast/observability";
import { expectTypeOf, test } from "vitest";

const options = { store: memoryStore(), operation: "create-order" };

test("the event is the function's, and the answer its own or a problem", () => {
  const create = idempotentHttp(
    async (event: APIGatewayProxyEventV2, call) =>
      call.unit.transact([], { statusCode: 201, body: event.rawPath }),
    options,
  );
  expectTypeOf(create).toEqualTypeOf<
    Fn<APIGatewayProxyEventV2, { statusCode: number; body: string } | HttpAnswer, Call>
  >();
});

test("without a type of its own the event is what all kinds have in common", () => {
  const create = idempotentHttp(
    async (event, call) => ({ statusCode: 200, body: event.body ?? call.unit.id }),
    options,
  );
  expectTypeOf(create).parameter(0).toEqualTypeOf<HttpEvent>();
});

test("every published type of an HTTP event goes in, and comes out as a handler of that kind", () => {
  const rest = idempotentHttp(
    async (_: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => ({ statusCode: 200, body: "" }),
    options,
  );
  const alb = idempotentHttp(async (_: ALBEvent): Promise<ALBResult> => ({ statusCode: 200 }), options);
  const url = idempotentHttp(
    async (_: LambdaFunctionURLEvent): Promise<APIGatewayProxyStructuredResultV2> => ({ statusCode: 200 }),
    options,
  );
  const first: APIGatewayProxyHandler = wrapHandler(rest, logged());
  const second: ALBHandler = wrapHandler(alb, logged());
  expectTypeOf(first).toBeFunction();
  expectTypeOf(second).toBeFunction();
  expectTypeOf(wrapHandler(url)).returns.resolves.toEqualTypeOf<
    APIGatewayProxyStructuredResultV2 | HttpAnswer
  >();
});

test("tenant, payload and rememberWhen see the event and the answer", () => {
  idempotentHttp(async (_: APIGatewayProxyEventV2WithJWTAuthorizer) => ({ statusCode: 200, isFinal: true }), {
    ...options,
    tenant: (event) => String(event.requestContext.authorizer.jwt.claims["sub"]),
    payload: (event, { body }) => [event.rawPath, body.length],
    rememberWhen: (status, response) => status < 500 && response.isFinal,
  });
  idempotentHttp(async (_: APIGatewayProxyEventV2) => 1, {
    ...options,
    // @ts-expect-error a typo
    tenant: (event) => event.requestContex,
  });
});

test("what the call carries goes through, and the unit is the wrapper's to give", () => {
  async function create(event: APIGatewayProxyEventV2, call: LambdaCall & WithUnit) {
    return { statusCode: 200, body: call.context.awsRequestId + call.unit.id + event.rawPath };
  }
  wrapHandler(idempotentHttp(create, options));
  // @ts-expect-error nobody gives the unit
  wrapHandler(create);
});

test("what is no HTTP event, or no option, is refused", () => {
  // @ts-expect-error an event with a body that is no text
  idempotentHttp(async (_: { body: Order }) => 1, options);
  // @ts-expect-error the key is the client's, in the header
  idempotentHttp(async (_: APIGatewayProxyEventV2) => 1, { ...options, key: () => "a" });
  // @ts-expect-error a client cannot be skipped
  idempotentHttp(async (_: APIGatewayProxyEventV2) => 1, { ...options, inFlight: { skip: 1 } });
});
interface Order {
  readonly id: string;
}

test("a fetch handler takes a Request, or a context with one, and answers a Response", () => {
  const plain = idempotentFetch(async (request, call) => call.unit.transact([], new Response(request.url)), {
    ...options,
    tenant: (request) => request.headers.get("x-user"),
  });
  expectTypeOf(plain).toEqualTypeOf<Fn<Request, Response, Call>>();
  interface Context {
    readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer>; json(): Promise<unknown> };
    get(name: "user"): string;
  }
  const hono = idempotentFetch(async (c: Context) => Response.json(await c.req.json()), {
    ...options,
    tenant: (c) => c.get("user"),
    maxBodyBytes: 10,
  });
  expectTypeOf(hono).toEqualTypeOf<Fn<Context, Response, Call>>();
  // @ts-expect-error no Response
  idempotentFetch(async (_: Request) => ({ status: 200 }), options);
});
