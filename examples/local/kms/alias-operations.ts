import { RequestError } from "../process/request-error.ts";
import { type Input, readText, required } from "./input.ts";
import { type AliasRecord, type KeyRecord, type KeyRing, refusePendingDeletion } from "./key-ring.ts";
import { invalid, notFound } from "./kms-error.ts";
import { page } from "./page.ts";

type Operation = (input: Input) => unknown;

/** The operations on aliases. Source: KMS API Reference, 'CreateAlias' and the like. */
export function aliasOperations(ring: KeyRing): Readonly<Record<string, Operation>> {
  /** By id or ARN: an alias cannot stand for another alias. */
  function targetOf(input: Input): KeyRecord {
    const target = required(readText(input, "TargetKeyId", { most: 2_048 }), "TargetKeyId");
    if (/(^|:)alias\//.test(target)) throw invalid("Aliases must refer to keys. Not aliases");
    const key = ring.findKey(target);
    refusePendingDeletion(key);
    return key;
  }

  function existing(name: string): AliasRecord {
    const alias = ring.alias(name);
    if (alias === undefined) throw notFound(`Alias ${name} is not found.`);
    return alias;
  }

  return {
    CreateAlias(input) {
      const name = aliasName(input);
      const key = targetOf(input);
      if (ring.alias(name) !== undefined) {
        throw new RequestError("AlreadyExistsException", `An alias with the name ${name} already exists`);
      }
      ring.setAlias(name, key.keyId);
      return {};
    },
    UpdateAlias(input) {
      const { name } = existing(aliasName(input));
      ring.setAlias(name, targetOf(input).keyId);
      return {};
    },
    DeleteAlias(input) {
      ring.removeAlias(existing(aliasName(input)).name);
      return {};
    },
    ListAliases(input) {
      const target = readText(input, "KeyId", { most: 2_048 });
      const keyId = target === undefined ? undefined : ring.findKey(target).keyId;
      const wanted = ring.aliases().filter((alias) => keyId === undefined || alias.keyId === keyId);
      const { items, end } = page(input, wanted, ({ name }) => name, { standard: 50, most: 100 });
      return {
        Aliases: items.map((alias) => ({
          AliasName: alias.name,
          AliasArn: alias.arn,
          TargetKeyId: alias.keyId,
          CreationDate: alias.createdMs / 1_000,
          LastUpdatedDate: alias.updatedMs / 1_000,
        })),
        ...end,
      };
    },
  };
}

function aliasName(input: Input): string {
  const name = required(readText(input, "AliasName", { most: 256, pattern: /^[\w/:-]+$/ }), "AliasName");
  if (name.startsWith("alias/aws/")) {
    throw new RequestError("NotAuthorizedException", "Names that begin with alias/aws/ are for keys of AWS.");
  }
  if (!/^alias\/[\w/-]+$/.test(name)) {
    throw invalid(`"${name}" is no alias name: alias/ and then letters, digits, /, _ and -`);
  }
  return name;
}
