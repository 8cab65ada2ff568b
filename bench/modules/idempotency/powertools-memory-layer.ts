import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from "@aws-lambda-powertools/idempotency";
import { BasePersistenceLayer, type IdempotencyRecord } from "@aws-lambda-powertools/idempotency/persistence";

/**
 * Powertools' records in this process alone, under the conditions of its DynamoDB layer.
 *
 * It holds the results themselves, where `memoryStore` writes them as text: what that costs is ours to pay.
 */
export class PowertoolsMemoryLayer extends BasePersistenceLayer {
  readonly #records = new Map<string, IdempotencyRecord>();

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const found = this.#records.get(record.idempotencyKey);
    if (found !== undefined && !mayReplace(found)) {
      throw new IdempotencyItemAlreadyExistsError("The key exists already.", found);
    }
    this.#records.set(record.idempotencyKey, record);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    this.#records.set(record.idempotencyKey, record);
  }

  protected override async _getRecord(idempotencyKey: string): Promise<IdempotencyRecord> {
    const found = this.#records.get(idempotencyKey);
    if (found === undefined) throw new IdempotencyItemNotFoundError();
    return found;
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    this.#records.delete(record.idempotencyKey);
  }

  /** How it makes an identifier of what it is given, and what `saveInProgress` and `saveSuccess` each do once. */
  hashed(payload: Parameters<BasePersistenceLayer["getRecord"]>[0]): string {
    return this.getHashedIdempotencyKey(payload);
  }
}

function mayReplace(found: IdempotencyRecord): boolean {
  if (found.isExpired()) return true;
  const { inProgressExpiryTimestamp } = found;
  return (
    found.getStatus() === IdempotencyRecordStatus.INPROGRESS &&
    inProgressExpiryTimestamp !== undefined &&
    inProgressExpiryTimestamp < Date.now()
  );
}
