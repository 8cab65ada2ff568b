import { expect, it } from "vitest";
import { rdsToken } from "../../../examples/accounting/src/rds-token.ts";

const request = {
  host: "ledger.proxy-abc.eu-central-1.rds.amazonaws.com",
  port: "5432",
  user: "ledger",
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session/+=" },
  now: new Date("2026-11-28T10:00:00.123Z"),
};

it("the token is the signed request that AWS's own signer makes", () => {
  expect(rdsToken(request)).toBe(
    `ledger.proxy-abc.eu-central-1.rds.amazonaws.com:5432/?${[
      "Action=connect",
      "DBUser=ledger",
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      "X-Amz-Credential=AKIDEXAMPLE%2F20261128%2Feu-central-1%2Frds-db%2Faws4_request",
      "X-Amz-Date=20261128T100000Z",
      "X-Amz-Expires=900",
      "X-Amz-Security-Token=session%2F%2B%3D",
      "X-Amz-SignedHeaders=host",
      "X-Amz-Signature=f4d54fa9ab91741c6c18fd4a62a26922533649fb0e9afdd32b2ad2c9f782d63d",
    ].join("&")}`,
  );
});

it("without a session the token names none", () => {
  const { accessKeyId, secretAccessKey } = request.credentials;
  const token = rdsToken({ ...request, credentials: { accessKeyId, secretAccessKey } });
  expect(token).not.toContain("Security-Token");
  expect(token).toMatch(
    /^ledger\.proxy-abc.*:5432\/\?Action=connect&DBUser=ledger&.*&X-Amz-Signature=[0-9a-f]{64}$/,
  );
});
