import { Ajv2020 } from "ajv/dist/2020.js";
import { schema } from "./schema.ts";

/** As one uses ajv by itself: a companion package would add formats, and more milliseconds. */
export function withAjv(): (value: unknown) => boolean {
  const ajv = new Ajv2020({ allErrors: true, formats: { uuid: UUID, email: EMAIL, "date-time": DATE_TIME } });
  const validate = ajv.compile(schema);
  return (value) => validate(value) === true;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
