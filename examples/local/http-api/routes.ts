/** A route of an HTTP API: `POST /orders`, `ANY /{proxy+}` or `$default`. */
export interface RoutePattern {
  readonly method: string;
  readonly path: string;
}

export interface RouteMatch<R extends RoutePattern> {
  readonly route: R;
  /** `POST /orders/{orderId}` or `$default`. */
  readonly routeKey: string;
  /** Decoded; absent when the route has no path variables. */
  readonly pathParameters?: Readonly<Record<string, string>>;
}

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable" | "greedy"; readonly name: string };

/** The lower, the more specific. */
const RANK = { literal: 0, variable: 1, greedy: 2 } as const;

/**
 * Compiles routes into a selection by AWS's rules (AWS page 'Create routes for HTTP APIs in API Gateway'): a
 * full match for the path comes before one with a greedy variable, and that before `$default`; a route for the
 * method comes before `ANY` on the same path. Undefined when no route matches.
 */
export function compileRoutes<R extends RoutePattern>(
  routes: readonly R[],
): (method: string, path: string) => RouteMatch<R> | undefined {
  const compiled = routes
    .filter((route) => !isDefault(route))
    .map((route) => ({ route, segments: segmentsOf(route.path) }))
    .sort((a, b) => compareSpecificity(a.segments, b.segments) || anyLast(a.route) - anyLast(b.route));
  const byDefault = routes.find(isDefault);
  return (method, path) => {
    const parts = path.split("/").slice(1);
    for (const { route, segments } of compiled) {
      if (route.method !== "ANY" && route.method !== method) continue;
      const variables = matchSegments(segments, parts);
      if (variables === undefined) continue;
      const routeKey = `${route.method} ${route.path}`;
      return variables.length === 0
        ? { route, routeKey }
        : { route, routeKey, pathParameters: Object.fromEntries(variables) };
    }
    return byDefault && { route: byDefault, routeKey: "$default" };
  };
}

const isDefault = (route: RoutePattern): boolean => route.path === "$default" || route.path === "/$default";

const anyLast = (route: RoutePattern): number => (route.method === "ANY" ? 1 : 0);

function segmentsOf(path: string): readonly Segment[] {
  return path
    .split("/")
    .slice(1)
    .map((text) => {
      const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(text) ?? [];
      if (name === undefined) return { kind: "literal", text };
      return { kind: plus === "+" ? "greedy" : "variable", name };
    });
}

function compareSpecificity(a: readonly Segment[], b: readonly Segment[]): number {
  const greedy = (segments: readonly Segment[]): number => (segments.at(-1)?.kind === "greedy" ? 1 : 0);
  if (greedy(a) !== greedy(b)) return greedy(a) - greedy(b);
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    if (other !== undefined && other.kind !== segment.kind) return RANK[segment.kind] - RANK[other.kind];
  }
  return b.length - a.length;
}

/** The values of the path's variables, or undefined when the path does not match. */
function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): readonly (readonly [string, string])[] | undefined {
  const variables: (readonly [string, string])[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === "greedy") {
      const rest = parts.slice(index).join("/");
      return rest === "" ? undefined : [...variables, [segment.name, decode(rest)]];
    }
    const part = parts[index] ?? "";
    if (segment.kind === "literal" ? decode(part) !== segment.text : part === "") return undefined;
    if (segment.kind === "variable") variables.push([segment.name, decode(part)]);
  }
  return parts.length === segments.length ? variables : undefined;
}

/** Percent-decodes what is well formed; anything else stays as it was sent. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
