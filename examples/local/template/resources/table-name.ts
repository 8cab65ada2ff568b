import { arn, type Naming, type ReturnValues } from "./kind.ts";

/** The same for a table of CloudFormation and for SAM's simple one. */
export function tableReturns(naming: Naming): ReturnValues {
  const name = naming.name("TableName");
  const tableArn = arn(naming.stack, "dynamodb", `table/${name}`);
  return {
    name,
    arn: tableArn,
    ref: name,
    attributes: { Arn: tableArn, StreamArn: `${tableArn}/stream/local` },
  };
}
