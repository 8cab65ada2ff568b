import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import { makeMaterial } from "./ciphertext.ts";
import { type Input, readChoice, readInteger, readText, refuse, required } from "./input.ts";
import { DAY_MS, type KeyRecord, type KeyRing, refusePendingDeletion, usable } from "./key-ring.ts";
import { invalidState } from "./kms-error.ts";
import { page } from "./page.ts";

type Operation = (input: Input) => unknown;

/** KMS API Reference, 'RotateKeyOnDemand'. */
const MAX_ON_DEMAND_ROTATIONS = 25;

/** The operations on keys themselves. Source: KMS API Reference, by operation. */
export function keyOperations(ring: KeyRing, clock: CloudClock): Readonly<Record<string, Operation>> {
  const after = (days: number): number => clock.now() + (days * DAY_MS) / clock.speed;

  /** By id or ARN: these operations take no alias. */
  function keyOf(input: Input): KeyRecord {
    return ring.findKey(required(readText(input, "KeyId", { most: 2_048 }), "KeyId"));
  }

  function setEnabled(input: Input, enabled: boolean): object {
    const key = keyOf(input);
    refusePendingDeletion(key);
    ring.save({ ...key, enabled });
    return {};
  }

  return {
    CreateKey(input) {
      refuse(input, "CustomKeyStoreId", "XksKeyId", "MultiRegion");
      readChoice(input, "KeySpec", "SYMMETRIC_DEFAULT");
      readChoice(input, "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
      readChoice(input, "KeyUsage", "ENCRYPT_DECRYPT");
      readChoice(input, "Origin", "AWS_KMS");
      const description = readText(input, "Description", { most: 8_192 }) ?? "";
      return { KeyMetadata: metadata(ring.create(description)) };
    },
    DescribeKey: (input) => ({
      KeyMetadata: metadata(ring.find(required(readText(input, "KeyId", { most: 2_048 }), "KeyId"))),
    }),
    ListKeys(input) {
      const { items, end } = page(input, ring.keys(), ({ keyId }) => keyId, { standard: 100, most: 1_000 });
      return { Keys: items.map(({ keyId, arn }) => ({ KeyId: keyId, KeyArn: arn })), ...end };
    },
    EnableKey: (input) => setEnabled(input, true),
    DisableKey: (input) => setEnabled(input, false),
    ScheduleKeyDeletion(input) {
      const key = keyOf(input);
      const days = readInteger(input, "PendingWindowInDays", 7, 30) ?? 30;
      refusePendingDeletion(key);
      const deleteAtMs = after(days);
      ring.save({ ...key, enabled: false, deleteAtMs });
      return {
        KeyId: key.arn,
        DeletionDate: seconds(deleteAtMs),
        KeyState: "PendingDeletion",
        PendingWindowInDays: days,
      };
    },
    CancelKeyDeletion(input) {
      const { deleteAtMs, ...key } = keyOf(input);
      if (deleteAtMs === undefined) throw invalidState(`${key.arn} is not pending deletion.`);
      // It stays disabled until somebody enables it.
      ring.save({ ...key, enabled: false });
      return { KeyId: key.arn };
    },
    EnableKeyRotation(input) {
      const key = usable(keyOf(input));
      const periodDays = readInteger(input, "RotationPeriodInDays", 90, 2_560) ?? 365;
      ring.save({ ...key, rotation: { periodDays, nextMs: after(periodDays) } });
      return {};
    },
    DisableKeyRotation(input) {
      const { rotation, ...key } = usable(keyOf(input));
      ring.save(key);
      return {};
    },
    GetKeyRotationStatus(input) {
      const { arn, rotation, deleteAtMs } = keyOf(input);
      // A key that is about to be deleted is not rotated, and is again when the deletion is cancelled.
      if (rotation === undefined || deleteAtMs !== undefined)
        return { KeyId: arn, KeyRotationEnabled: false };
      return {
        KeyId: arn,
        KeyRotationEnabled: true,
        RotationPeriodInDays: rotation.periodDays,
        NextRotationDate: seconds(rotation.nextMs),
      };
    },
    RotateKeyOnDemand(input) {
      const key = usable(keyOf(input));
      const onDemandRotations = key.onDemandRotations + 1;
      if (onDemandRotations > MAX_ON_DEMAND_ROTATIONS) {
        const most = `${MAX_ON_DEMAND_ROTATIONS} rotations on demand`;
        throw new RequestError("LimitExceededException", `${key.arn} has had its ${most}.`);
      }
      ring.save({ ...key, material: [...key.material, makeMaterial()], onDemandRotations });
      return { KeyId: key.arn };
    },
  };
}

function metadata(key: KeyRecord): object {
  return {
    AWSAccountId: key.arn.split(":")[4],
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: seconds(key.createdMs),
    Enabled: key.enabled,
    Description: key.description,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: key.deleteAtMs !== undefined ? "PendingDeletion" : key.enabled ? "Enabled" : "Disabled",
    ...(key.deleteAtMs === undefined ? {} : { DeletionDate: seconds(key.deleteAtMs) }),
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
    CurrentKeyMaterialId: key.material.at(-1)?.id,
  };
}

/** Timestamps of the AWS JSON protocol. */
function seconds(ms: number): number {
  return ms / 1_000;
}
