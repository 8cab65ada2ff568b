import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import type { Key } from "../template/stack.ts";
import { type Material, makeMaterial } from "./ciphertext.ts";
import { invalidState, notFound } from "./kms-error.ts";

export const DAY_MS = 86_400_000;

/** A key with its material. A change makes a new record, which `save` puts in the old one's place. */
export interface KeyRecord {
  readonly keyId: string;
  readonly arn: string;
  readonly description: string;
  readonly createdMs: number;
  readonly enabled: boolean;
  /** The newest, which encrypts, is the last. */
  readonly material: readonly Material[];
  /** Real milliseconds since the epoch, like all moments here. */
  readonly deleteAtMs?: number;
  readonly rotation?: { readonly periodDays: number; readonly nextMs: number };
  readonly onDemandRotations: number;
}

export interface AliasRecord {
  readonly name: string;
  readonly arn: string;
  readonly keyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** All keys and aliases. Whoever asks sees what the clock has made of them: nothing waits in a timer. */
export interface KeyRing {
  /** By key id, key ARN, alias name or alias ARN. @throws RequestError (NotFoundException) */
  find(keyIdOrAlias: string): KeyRecord;
  /** By key id or key ARN alone. @throws RequestError (NotFoundException) */
  findKey(keyId: string): KeyRecord;
  keys(): readonly KeyRecord[];
  /** Whether there is such a key, or was: a ciphertext of another one cannot be from here. */
  hasMade(keyId: string): boolean;
  create(description: string): KeyRecord;
  save(key: KeyRecord): void;
  alias(name: string): AliasRecord | undefined;
  aliases(): readonly AliasRecord[];
  setAlias(name: string, keyId: string): void;
  removeAlias(name: string): void;
}

export interface KeyRingOptions {
  /** Those of the templates. */
  readonly keys: readonly Key[];
  readonly region: string;
  readonly accountId: string;
  readonly clock: CloudClock;
  /** Makes the ids of new keys. */
  readonly newKeyId: () => string;
}

/** @throws Error when two of the given keys have one id or alias. */
export function makeKeyRing(options: KeyRingOptions): KeyRing {
  const { clock } = options;
  const arnStart = `arn:aws:kms:${options.region}:${options.accountId}`;
  const keys = new Map<string, KeyRecord>();
  const aliases = new Map<string, AliasRecord>();
  const deleted = new Set<string>();

  function add(keyId: string, description: string, enabled: boolean): KeyRecord {
    const key: KeyRecord = {
      keyId,
      arn: `${arnStart}:key/${keyId}`,
      description,
      createdMs: clock.now(),
      enabled,
      material: [makeMaterial()],
      onDemandRotations: 0,
    };
    keys.set(keyId, key);
    return key;
  }

  function setAlias(name: string, keyId: string): void {
    const now = clock.now();
    const createdMs = aliases.get(name)?.createdMs ?? now;
    aliases.set(name, { name, arn: `${arnStart}:${name}`, keyId, createdMs, updatedMs: now });
  }

  /** Deletes the keys whose time has come, and rotates those whose period has passed. */
  function catchUp(): void {
    const now = clock.now();
    for (const key of keys.values()) {
      if (key.deleteAtMs !== undefined && key.deleteAtMs <= now) {
        keys.delete(key.keyId);
        deleted.add(key.keyId);
        for (const alias of aliases.values()) if (alias.keyId === key.keyId) aliases.delete(alias.name);
        continue;
      }
      // A disabled key is not rotated until it is enabled again, and then at once.
      const live = key.enabled && key.deleteAtMs === undefined;
      if (live && key.rotation !== undefined && key.rotation.nextMs <= now) {
        const { periodDays } = key.rotation;
        const nextMs = now + (periodDays * DAY_MS) / clock.speed;
        keys.set(key.keyId, {
          ...key,
          material: [...key.material, makeMaterial()],
          rotation: { periodDays, nextMs },
        });
      }
    }
  }

  function findKey(name: string): KeyRecord {
    catchUp();
    const keyId = name.startsWith(`${arnStart}:key/`) ? name.slice(`${arnStart}:key/`.length) : name;
    const key = keys.get(keyId);
    if (key !== undefined) return key;
    throw notFound(`Key '${name.startsWith("arn:") ? name : `${arnStart}:key/${name}`}' does not exist`);
  }

  for (const key of options.keys) {
    if (keys.has(key.keyId)) throw new Error(`two keys of the templates have the id ${key.keyId}`);
    const record = add(key.keyId, key.description ?? "", key.enabled);
    const periodDays = key.rotationPeriodDays;
    if (periodDays !== undefined) {
      const nextMs = clock.now() + (periodDays * DAY_MS) / clock.speed;
      keys.set(key.keyId, { ...record, rotation: { periodDays, nextMs } });
    }
    for (const name of key.aliases) {
      if (aliases.has(name))
        throw new Error(`${name} names two keys of the templates; give each its own alias`);
      setAlias(name, key.keyId);
    }
  }

  return {
    find(name) {
      catchUp();
      const aliasName = name.startsWith(`${arnStart}:alias/`) ? name.slice(arnStart.length + 1) : name;
      if (!aliasName.startsWith("alias/")) return findKey(name);
      const alias = aliases.get(aliasName);
      if (alias === undefined) throw notFound(`Alias ${arnStart}:${aliasName} is not found.`);
      return findKey(alias.keyId);
    },
    findKey,
    keys() {
      catchUp();
      return [...keys.values()];
    },
    hasMade: (keyId) => keys.has(keyId) || deleted.has(keyId),
    create: (description) => add(options.newKeyId(), description, true),
    save: (key) => void keys.set(key.keyId, key),
    alias(name) {
      catchUp();
      return aliases.get(name);
    },
    aliases() {
      catchUp();
      return [...aliases.values()];
    },
    setAlias,
    removeAlias: (name) => void aliases.delete(name),
  };
}

/** @throws RequestError (KMSInvalidStateException) for a key that is about to be deleted. */
export function refusePendingDeletion(key: KeyRecord): void {
  if (key.deleteAtMs !== undefined) throw invalidState(`${key.arn} is pending deletion.`);
}

/** A key that can be used. @throws RequestError (DisabledException, KMSInvalidStateException) */
export function usable(key: KeyRecord): KeyRecord {
  refusePendingDeletion(key);
  if (!key.enabled) throw new RequestError("DisabledException", `${key.arn} is disabled.`);
  return key;
}
