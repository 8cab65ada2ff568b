import type { Place, Rule, RuleTarget } from "../template/stack.ts";
import { compileTargetInput, type TargetInput } from "./input-transformer.ts";
import { compilePattern, type Matcher } from "./pattern.ts";

/** An enabled rule, compiled. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly matches: Matcher;
  readonly targets: readonly { readonly target: RuleTarget; readonly input: TargetInput }[];
}

/**
 * Compiles the enabled rules; disabled ones are checked too.
 *
 * @throws Error naming the rule, its place in the template and what is wrong with its pattern or target.
 */
export function compileRules(rules: readonly Rule[]): readonly CompiledRule[] {
  return rules
    .map((rule) => ({
      rule,
      matches: at(rule.place, rule, () =>
        rule.pattern === undefined ? () => false : compilePattern(rule.pattern),
      ),
      targets: rule.targets.map((target) => ({
        target,
        input: at(target.place, rule, () => compileTargetInput(target)),
      })),
    }))
    .filter(({ rule }) => rule.enabled);
}

function at<T>(place: Place, rule: Rule, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${place.file}:${place.line} (${place.path}): rule ${rule.name}: ${reason}`, {
      cause: error,
    });
  }
}
