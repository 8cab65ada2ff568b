import { startHttpApi } from "../http-api/server.ts";
import type { Lambda } from "../lambda/lambda-service.ts";
import type { Stack } from "../template/stack.ts";
import type { Ground } from "./ground.ts";

/** Starts the templates' HTTP APIs. Their addresses by `<stack name>/<logical id>`, and by logical id alone (the first stack that has it). */
export async function startHttpApis(
  { clock, observe, track, region }: Ground,
  stacks: readonly Stack[],
  lambda: Lambda,
): Promise<Readonly<Record<string, string>>> {
  const invoke = (arn: string, payload: string) => lambda.invoke(arn, payload, { source: "http" });
  const endpoints: Record<string, string> = {};
  for (const { name, accountId, httpApis } of stacks) {
    for (const api of httpApis) {
      const server = track(await startHttpApi({ api, invoke, clock, observe, accountId, region }));
      endpoints[`${name}/${api.logicalId}`] = server.endpoint;
      endpoints[api.logicalId] ??= server.endpoint;
    }
  }
  return endpoints;
}
