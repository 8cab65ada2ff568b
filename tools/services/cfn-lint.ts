import { dirname, join } from "node:path";
import { installPython, python, python3 } from "./python.ts";
import type { SecondOpinion } from "./second-opinion.ts";

/** AWS's linter of templates, on those of the examples and of the documentation. */
export const cfnLint: SecondOpinion = {
  name: "cfn-lint",
  says: "CloudFormation's linter finds nothing in the templates of examples and documentation",
  from: "cfn-lint 1.58.0 from PyPI (MIT-0)",
  needs: [python3],
  install: installPython,
  start: async () => ({
    environment: { HOLDFAST_TEST_CFN_LINT: join(dirname(python), "cfn-lint") },
    stop: () => Promise.resolve(),
  }),
  tests: ["test/services/cfn-lint"],
};
