/** What a type of event is to this cloud: its properties, and what SAM makes of them. */
import type { Problems } from "../../problems.ts";
import type { Read, Shape } from "../../shapes.ts";
import type { Place } from "../../stack.ts";
import type { Syntax } from "../../syntax.ts";
import type { StackIdentity } from "../kind.ts";
import type { Parts } from "../parts.ts";

/** What the events are for. EventBridge reaches a state machine in a role, which SAM makes for its rules. */
export type EventOwner =
  | { readonly kind: "function" }
  | { readonly kind: "state machine"; readonly ruleRoleArn: string };

/** One event of a function or a state machine, as its type sees it. */
export interface EventContext {
  /** Of what SAM makes of it: the owner's logical id and the event's name. */
  readonly logicalId: string;
  readonly owner: EventOwner;
  readonly ownerArn: string;
  readonly stack: StackIdentity;
  readonly problems: Problems;
  readonly place: Place;
  /** Where a property of the event stands; where it is not written, the nearest thing around it. */
  at(...path: readonly (string | number)[]): Place;
}

export interface EventType {
  readonly type: string;
  readonly owners: readonly EventOwner["kind"][];
  /** Checks the properties and says what they come to. Nothing when something is wrong with them. */
  read(properties: Syntax, context: EventContext): Partial<Parts>;
}

/** Ties a table of properties to what is made of them. An event is of functions, unless it says more. */
export function eventType<S extends Shape<unknown>>(event: {
  readonly type: string;
  readonly owners?: EventType["owners"];
  readonly properties: S;
  readonly parts: (event: Read<S>, context: EventContext) => Partial<Parts>;
}): EventType {
  return {
    type: event.type,
    owners: event.owners ?? ["function"],
    read(properties, context) {
      // The shape's own reader gives what `Read` says of it.
      const read = event.properties.read(properties, context.problems) as Read<S> | undefined;
      return read === undefined ? {} : event.parts(read, context);
    },
  };
}
