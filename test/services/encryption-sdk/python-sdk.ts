import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Implementation, installed, type OtherSdk, type SharedKey } from "./sdk.ts";

const PROGRAM = fileURLToPath(new URL("encryption_sdk.py", import.meta.url));

/** The AWS Encryption SDK for Python, in a process that ends with this one. */
export const pythonSdk: Implementation = {
  title: "the SDK for Python",
  frameUnit: 128,
  canWriteOnePiece: true,
  async start() {
    const child = spawn(installed("HOLDFAST_TEST_PYTHON"), [PROGRAM], {
      stdio: ["pipe", "pipe", "inherit"],
      // For boto3, which asks a KMS that asks for none.
      env: { PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" },
    });
    const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

    /** Nothing else is asked until it has answered. */
    async function ask(request: object): Promise<Answer> {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line: string | undefined = (await lines.next()).value;
      if (line === undefined) throw new Error("the program has ended");
      const answer = JSON.parse(line) as Answer;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    }

    const sdk: OtherSdk = {
      async encrypt(plaintext, { keys, context, frameBytes = 0, suite }) {
        const how = { keys: keys.map(inJson), context, frame: frameBytes, suite };
        const { message } = await ask({ do: "encrypt", plaintext: plaintext.toString("base64"), ...how });
        return Buffer.from(message ?? "", "base64");
      },
      async decrypt(message, keys) {
        const request = { do: "decrypt", message: message.toString("base64"), keys: keys.map(inJson) };
        const { plaintext = "", context = {} } = await ask(request);
        return { plaintext: Buffer.from(plaintext, "base64"), context };
      },
      async stop() {
        child.stdin.end();
        await exited;
      },
    };
    return sdk;
  },
};

interface Answer {
  readonly error?: string;
  readonly message?: string;
  readonly plaintext?: string;
  readonly context?: Readonly<Record<string, string>>;
}

function inJson(key: SharedKey): object {
  return key.kind === "kms" ? key : { ...key, bytes: key.bytes.toString("base64") };
}
