import { s3Transport } from "holdfast/aws/s3";
import { s3ObjectStore } from "holdfast/object-store";
import { objectStoreContract } from "holdfast/testing";
import { describe, test } from "vitest";
import { setUp } from "../examples/local/s3/set-up.ts";

describe("S3 object store", () => {
  for (const rule of objectStoreContract) {
    test(rule.name, async () => {
      const { client } = await setUp();
      await rule.run({ store: s3ObjectStore({ transport: s3Transport(client), bucket: "bucket" }) });
    });
  }
});
