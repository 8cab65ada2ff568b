import { isOver, type RecordState, type Steps } from "../../record.ts";
import type { ClaimRequest, Lease, RecordChange } from "../../store.ts";
import { type AttributeValue, attributeOfStep, type Layout } from "./layout.ts";

type Values = Record<string, AttributeValue>;

/** The conditional writes of a record, as inputs of UpdateItem, or of an Update in a transaction. */
export interface RecordUpdates {
  claim(request: ClaimRequest): object;
  /** While the record has this owner, fence and state; `owner` makes it someone else's. */
  change(
    seen: Lease & { readonly state: RecordState },
    change: RecordChange & { readonly owner?: string },
  ): object;
  /** The same condition, on a DeleteItem. */
  remove(seen: Lease & { readonly state: RecordState }): object;
}

export function recordUpdates(tableName: string, layout: Layout): RecordUpdates {
  function conditional(
    id: string,
    update: string | undefined,
    condition: string,
    values: Values,
    names = layout.namesIn(update ?? "", condition),
  ): object {
    return {
      TableName: tableName,
      Key: layout.key(id),
      ...(update === undefined ? {} : { UpdateExpression: update }),
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
  }

  return {
    claim(request) {
      const { id, owner, payloadHash, version, nowMs, leaseUntilMs, expiresAtMs, replacesFence } = request;
      const set =
        "SET #v = :v, #state = :inProgress, #owner = :owner, #lease = :lease, #payload = :payload, " +
        "#expiresAt = :expiresAt, #at = :now, ";
      const values: Values = {
        ":v": number(version),
        ":inProgress": text("IN_PROGRESS"),
        ":owner": text(owner),
        ":lease": number(leaseUntilMs),
        ":payload": text(payloadHash),
        ":expiresAt": ttlSeconds(expiresAtMs),
        ":none": { M: {} },
        ":now": number(nowMs),
        ":nowSeconds": number(Math.floor(nowMs / 1_000)),
      };
      if (replacesFence !== undefined) {
        return conditional(
          id,
          `${set}#fence = :next, #steps = :none REMOVE #result`,
          "#v <= :v AND #fence = :old AND #expiresAt <= :nowSeconds",
          { ...values, ":old": number(replacesFence), ":next": number(replacesFence + 1) },
        );
      }
      const abandoned = request.takesAbandoned ? " OR (#state = :inProgress AND #lease <= :now)" : "";
      return conditional(
        id,
        `${set}#fence = if_not_exists(#fence, :now) + :one, #steps = if_not_exists(#steps, :none)`,
        "attribute_not_exists(#id) OR (#v <= :v AND #payload = :payload AND #expiresAt > :nowSeconds AND " +
          `(#state = :released${abandoned}))`,
        { ...values, ":one": number(1), ":released": text("RELEASED") },
      );
    },
    change(seen, { state, result, leaseUntilMs, expiresAtMs, atMs, owner, steps }) {
      const values = seenValues(seen);
      const sets: string[] = [];
      const set = (name: string, value: AttributeValue | undefined): void => {
        if (value === undefined) return;
        sets.push(`#${name} = :new_${name}`);
        values[`:new_${name}`] = value;
      };
      set("state", state === undefined ? undefined : text(state));
      set("result", result === undefined ? undefined : text(result));
      set("lease", leaseUntilMs === undefined ? undefined : number(leaseUntilMs));
      set("expiresAt", expiresAtMs === undefined ? undefined : ttlSeconds(expiresAtMs));
      set("at", atMs === undefined ? undefined : number(atMs));
      set("owner", owner === undefined ? undefined : text(owner));
      const [wasOver, over] = [isOver(seen.state), isOver(state ?? seen.state)];
      const added = over ? [] : stepAttributes(steps);
      // Whatever is not over has its map of steps, for without one no step could be added to it.
      if (wasOver && !over) set("steps", { M: Object.fromEntries(added) });
      const inMap = wasOver ? [] : added;
      const names: Record<string, string> = {};
      const stepSets = inMap.map(([attribute, value], index) => {
        names[`#s${index}`] = attribute;
        values[`:s${index}`] = value;
        return `#steps.#s${index} = :s${index}`;
      });
      // An update has to set something.
      if (sets.length + stepSets.length === 0) sets.push("#owner = :owner");
      const removed = isOver(state) ? " REMOVE #lease, #steps" : "";
      const condition = leaseUntilMs === undefined ? SEEN : `${SEEN} AND #lease <= :new_lease`;
      return conditional(
        seen.id,
        `SET ${[...sets, ...stepSets].join(", ")}${removed}`,
        condition,
        values,
        // The layout remembers expressions: those of steps are left out, for there is no end of them.
        { ...layout.namesIn(...sets, removed, condition, inMap.length > 0 ? "#steps" : ""), ...names },
      );
    },
    remove: (seen) => conditional(seen.id, undefined, SEEN, seenValues(seen)),
  };
}

const SEEN = "#state = :state AND #owner = :owner AND #fence = :fence";

function seenValues(seen: Lease & { readonly state: RecordState }): Values {
  return { ":state": text(seen.state), ":owner": text(seen.owner), ":fence": number(seen.fence) };
}

function stepAttributes(steps: Steps = {}): readonly (readonly [string, AttributeValue])[] {
  return Object.entries(steps).map(([step, value]) => [attributeOfStep(step), text(value)]);
}

/** Epoch milliseconds as TTL wants them: whole seconds, rounded so that a record is never forgotten early. */
function ttlSeconds(epochMs: number): AttributeValue {
  return number(Math.ceil(epochMs / 1_000));
}

function text(value: string): AttributeValue {
  return { S: value };
}

function number(value: number): AttributeValue {
  return { N: String(value) };
}
