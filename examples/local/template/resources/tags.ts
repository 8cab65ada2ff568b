import { object, required } from "../object-shape.ts";
import { list, mapOf, text } from "../shapes.ts";

/** Tags as CloudFormation writes them. */
export const tagList = list(object({ Key: required(text()), Value: required(text()) }), { most: 50 });

/** Tags as SAM writes them. */
export const tagMap = mapOf(text());
