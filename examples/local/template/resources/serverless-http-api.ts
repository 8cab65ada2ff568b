import { deployOnly, object, optional } from "../object-shape.ts";
import { anything, flag, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagMap } from "./tags.ts";

/**
 * Source: SAM 'AWS::Serverless::HttpApi'. Authorizers, CORS and an OpenAPI body are not served: a route that
 * is open here and closed on AWS would be a trap.
 */
export const serverlessHttpApi = resourceKind({
  type: "AWS::Serverless::HttpApi",
  properties: object(
    {
      StageName: optional(text()),
      Name: deployOnly(text()),
      Description: deployOnly(text()),
      AccessLogSettings: deployOnly(anything()),
      DefaultRouteSettings: deployOnly(anything()),
      FailOnWarnings: deployOnly(flag()),
      PropagateTags: deployOnly(flag()),
      Tags: deployOnly(tagMap),
    },
    { name: "AWS::Serverless::HttpApi" },
  ),
  returns({ logicalId, stack }) {
    // AWS makes up ten characters; here the id says what it is.
    const id = logicalId.toLowerCase();
    return {
      name: id,
      arn: arn(stack, "execute-api", id),
      ref: id,
      attributes: { ApiEndpoint: `https://${id}.execute-api.${stack.region}.${stack.urlSuffix}`, ApiId: id },
    };
  },
  build: ({ StageName }, { logicalId, ref, place }) => ({
    httpApis: [{ logicalId, id: ref, stageName: StageName ?? "$default", routes: [], place }],
  }),
});
