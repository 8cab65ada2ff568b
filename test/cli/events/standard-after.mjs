import { definitions } from "./standard.mjs";

export const { told, untold } = definitions("integer");
