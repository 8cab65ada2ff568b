import { deployOnly, object, optional, required } from "../../object-shape.ts";
import { anything, integer, oneOf, text } from "../../shapes.ts";
import { eventType } from "./event-type.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"] as const;

/** Source: SAM Developer Guide, 'HttpApi': a route to the function. */
export const httpApi = eventType({
  type: "HttpApi",
  properties: object(
    {
      // SAM makes an API of its own when none is named; here it is named, so that it is seen.
      ApiId: required(text()),
      Method: required(
        text({ pattern: new RegExp(`^(${methods.join("|")})$`, "i"), hint: `write ${methods.join(", ")}` }),
      ),
      Path: required(text({ pattern: /^(\/|\$default$)/, hint: "start it with /" })),
      PayloadFormatVersion: optional(oneOf("2.0")),
      TimeoutInMillis: optional(integer({ least: 50, most: 30_000 })),
      RouteSettings: deployOnly(anything()),
    },
    { name: "an HttpApi event" },
  ),
  parts(event, { ownerArn, place, at }) {
    const route = {
      method: event.Method.toUpperCase(),
      path: event.Path,
      functionArn: ownerArn,
      timeoutMs: event.TimeoutInMillis ?? 30_000,
      place,
    };
    return { routes: [{ apiId: event.ApiId, route, apiPlace: at("ApiId") }] };
  },
});
