import { defineEvent } from "holdfast/events";
import { schema as same } from "./schema";
import { schema } from "./schema.js";

export const orderPlaced = defineEvent({ source: "a", type: "b", version: 1, schema });
export const second = defineEvent({ source: "a", type: "b", version: 2, schema: same });
