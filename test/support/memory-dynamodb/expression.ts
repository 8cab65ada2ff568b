import type { DynamoDBItem, DynamoDBValue } from "../../../src/aws/dynamodb-item.ts";

/** What an expression speaks of. */
export interface Speaks {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, DynamoDBValue>>;
}

type Value = DynamoDBValue | undefined;
type Path = readonly string[];

/** Condition and update expressions of DynamoDB, as far as the stores here use them. What it does not know is an error. */
export function conditionHolds(
  text: string | undefined,
  item: DynamoDBItem | undefined,
  speaks: Speaks,
): boolean {
  if (text === undefined) return true;
  const read = reader(text, speaks);
  const holds = anyOf();
  read.end();
  return holds;

  function anyOf(): boolean {
    let found = allOf();
    while (read.take("OR")) found = allOf() || found;
    return found;
  }
  function allOf(): boolean {
    let found = one();
    while (read.take("AND")) found = one() && found;
    return found;
  }
  function one(): boolean {
    if (read.take("(")) {
      const inner = anyOf();
      read.must(")");
      return inner;
    }
    for (const name of ["attribute_exists", "attribute_not_exists"]) {
      if (!read.take(name)) continue;
      read.must("(");
      const exists = valueAt(item, read.path()) !== undefined;
      read.must(")");
      return exists === (name === "attribute_exists");
    }
    const left = operand(read, item);
    if (read.take("BETWEEN")) {
      const low = operand(read, item);
      read.must("AND");
      const high = operand(read, item);
      return compare(left, low) >= 0 && compare(left, high) <= 0;
    }
    const operator = read.next();
    const right = operand(read, item);
    const by = compare(left, right);
    const holds: Readonly<Record<string, boolean>> = {
      "=": by === 0,
      "<": by < 0,
      "<=": by <= 0,
      ">": by > 0,
      ">=": by >= 0,
    };
    const answer = holds[operator];
    if (answer === undefined) throw new Error(`No such operator: ${operator}`);
    return answer;
  }
}

export function updated(text: string, before: DynamoDBItem, speaks: Speaks): DynamoDBItem {
  const read = reader(text, speaks);
  const item = structuredClone(before) as Record<string, DynamoDBValue>;
  while (!read.isAtEnd()) {
    const clause = read.next();
    do {
      const path = read.path();
      if (clause === "SET") {
        read.must("=");
        write(item, path, sum(read, before));
      } else if (clause === "ADD") {
        const added = Number(valueAt(before, path)?.N ?? 0) + Number(operand(read, before)?.N);
        write(item, path, { N: String(added) });
      } else if (clause === "REMOVE") write(item, path, undefined);
      else throw new Error(`No such clause: ${clause}`);
    } while (read.take(","));
  }
  return item;
}

function sum(read: Reader, item: DynamoDBItem): Value {
  const first = operand(read, item);
  if (!read.take("+")) return first;
  return { N: String(Number(first?.N) + Number(operand(read, item)?.N)) };
}

function operand(read: Reader, item: DynamoDBItem | undefined): Value {
  if (!read.take("if_not_exists")) return read.value(item);
  read.must("(");
  const there = valueAt(item, read.path());
  read.must(",");
  const otherwise = operand(read, item);
  read.must(")");
  return there ?? otherwise;
}

function valueAt(item: DynamoDBItem | undefined, [first = "", ...rest]: Path): Value {
  const value = item?.[first];
  return rest.length === 0 ? value : valueAt(value?.M, rest);
}

function write(item: Record<string, DynamoDBValue>, [first = "", ...rest]: Path, value: Value): void {
  if (rest.length > 0) write(item[first]?.M as Record<string, DynamoDBValue>, rest, value);
  else if (value === undefined) delete item[first];
  else item[first] = value;
}

/** NaN, for which nothing holds, where one is missing or they are of different types. */
function compare(left: Value, right: Value): number {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S === undefined || right?.S === undefined) return Number.NaN;
  return left.S === right.S ? 0 : left.S < right.S ? -1 : 1;
}

interface Reader {
  take(token: string): boolean;
  must(token: string): void;
  next(): string;
  path(): Path;
  value(item: DynamoDBItem | undefined): Value;
  isAtEnd(): boolean;
  end(): void;
}

function reader(
  text: string,
  { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Speaks,
): Reader {
  const tokens = text.match(/[#:]?\w+|<=|>=|[<>=(),.+]/g) ?? [];
  let at = 0;
  const nameOf = (token: string): string => {
    const name = token.startsWith("#") ? ExpressionAttributeNames[token] : token;
    if (name === undefined) throw new Error(`No such name: ${token}`);
    return name;
  };
  const read: Reader = {
    take(token) {
      if (tokens[at] !== token) return false;
      at += 1;
      return true;
    },
    must(token) {
      if (!read.take(token)) throw new Error(`${text}: ${token} expected, not ${tokens[at]}`);
    },
    next: () => tokens[at++] ?? "",
    path() {
      const path = [nameOf(read.next())];
      while (read.take(".")) path.push(nameOf(read.next()));
      return path;
    },
    value(item) {
      if (!tokens[at]?.startsWith(":")) return valueAt(item, read.path());
      const token = read.next();
      const value = ExpressionAttributeValues[token];
      if (value === undefined) throw new Error(`No such value: ${token}`);
      return value;
    },
    isAtEnd: () => at === tokens.length,
    end() {
      if (at !== tokens.length) throw new Error(`${text}: not understood from ${tokens[at]} on`);
    },
  };
  return read;
}
