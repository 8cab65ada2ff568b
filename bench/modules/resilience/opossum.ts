/** It is one class. */
export { default } from "opossum";
