import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { expect, it } from "vitest";
import { clientConfig, startApp } from "./start-app.ts";

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: { Statement: [{ Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*" }] }
  Alias: { Type: AWS::KMS::Alias, Properties: { AliasName: alias/things, TargetKeyId: !Ref Key } }
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [worker.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: worker.handler
      Runtime: nodejs24.x
      Environment: { Variables: { KEY: !GetAtt Key.Arn } }
`;
const WORKER = `export const handler = async (event) => {
  const response = await fetch(process.env.AWS_ENDPOINT_URL_KMS, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.Decrypt" },
    body: JSON.stringify({ KeyId: process.env.KEY, CiphertextBlob: event.secret, EncryptionContext: { id: event.id } }),
  });
  return response.json();
};`;

it("lets functions and scenarios use the keys of the template, by their aliases too", async () => {
  const { cloud } = await startApp(TEMPLATE, { "worker.ts": WORKER });
  expect(new URL(cloud.endpoints.kms).hostname).toBe("127.0.0.1");
  const kms = new KMSClient({ ...clientConfig, endpoint: cloud.endpoints.kms });
  const { CiphertextBlob = new Uint8Array() } = await kms.send(
    new EncryptCommand({
      KeyId: "alias/things",
      Plaintext: new TextEncoder().encode("secret"),
      EncryptionContext: { id: "1" },
    }),
  );
  const worker = cloud.stacks[0]?.functions[0]?.arn ?? "";
  const ask = async (id: string) => {
    const payload = JSON.stringify({ id, secret: Buffer.from(CiphertextBlob).toString("base64") });
    const result = await cloud.lambda.invoke(worker, payload, { source: "test" });
    return result.status === "ok" ? JSON.parse(result.payload) : result;
  };
  expect(await ask("1")).toMatchObject({ Plaintext: Buffer.from("secret").toString("base64") });
  expect(await ask("2")).toMatchObject({ __type: "InvalidCiphertextException" });
  await expect(kms.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
    name: "InvalidCiphertextException",
  });
});
