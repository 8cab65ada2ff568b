import type { HttpApi } from "../stack.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** The HTTP APIs with their routes, which the functions' events name. Two functions cannot share a route. */
export function attachRoutes({ parts, problems, typeOf }: CheckedTemplate): readonly HttpApi[] {
  for (const { apiId, apiPlace } of parts.routes) {
    if (parts.httpApis.some(({ id }) => id === apiId)) continue;
    const declared = typeOf(apiId) === "AWS::Serverless::HttpApi";
    if (!declared)
      problems.report(
        apiPlace,
        `${apiId} is no AWS::Serverless::HttpApi of this template; write ApiId: !Ref its name`,
      );
  }
  return parts.httpApis.map((api) => {
    const own = parts.routes.filter(({ apiId }) => apiId === api.id).map(({ route }) => route);
    const taken = new Map<string, string>();
    for (const { method, path, place } of own) {
      const key = `${method} ${path}`;
      const other = taken.get(key);
      if (other !== undefined)
        problems.report(place, `${key} is taken by ${other} already; change one of them`);
      taken.set(key, place.path);
    }
    return { ...api, routes: own };
  });
}
