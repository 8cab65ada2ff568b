import { createHash } from "node:crypto";

/**
 * The canonical user id of an account: 64 hexadecimal digits, which lists give for owners and initiators (AWS page
 * 'Access control list (ACL) overview'). AWS makes them up; here the account's id decides.
 */
export const canonicalUserId = (accountId: string): string =>
  createHash("sha256").update(accountId).digest("hex");
