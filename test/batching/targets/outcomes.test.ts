import { expect, test } from "vitest";
import { outcomesById } from "../../../src/batching/targets/outcomes.ts";

test.each([["2"], ["-1"], ["0.5"], ["00"], [" 0"], [""], [0], [null], ["Infinity"]])(
  "an id that no entry was given, such as %j, answers for none",
  (Id) => {
    const answered = outcomesById("SQS", 2, {
      Successful: [{ Id, MessageId: "m" }],
      Failed: [{ Id, Code: "C" }],
    });
    expect(answered).toMatchObject(Array(2).fill({ ok: false, error: { code: "ENTRY_UNANSWERED" } }));
    expect(Object.keys(answered)).toEqual(["0", "1"]);
  },
);
