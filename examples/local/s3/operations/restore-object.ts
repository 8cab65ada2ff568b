import { receiveXml } from "../bodies/receive-body.ts";
import { bucketOf, type Handler, type S3Context } from "../context.ts";
import { DAY_MS } from "../lifecycle-rules.ts";
import { emit } from "../objects/commit.ts";
import { isArchived, restorationMs } from "../objects/storage-class.ts";
import { readableVersion, replaceVersion, versionOf } from "../objects/versions.ts";
import type { S3Request } from "../request.ts";
import { malformedXml, notImplemented, S3Error } from "../s3-error.ts";
import type { Bucket, ObjectVersion } from "../state.ts";
import { childrenOf, optionalText, readXml, requiredText } from "../xml-read.ts";

/** Makes a copy of an archived object readable for some days, after the tier's time on the cloud's clock. */
export const restoreObject: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const { days, tier } = readRestoreRequest(await receiveXml(request));
  const object = readableVersion(bucket, request.key, request.query.get("versionId"));
  if (!isArchived(object.storageClass)) {
    throw new S3Error("InvalidObjectState", "Restore is not allowed for the object's current storage class", {
      fields: { StorageClass: object.storageClass },
    });
  }
  const takesMs = restorationMs(object.storageClass, tier);
  if (takesMs === undefined) {
    throw new S3Error("InvalidArgument", `${tier} retrievals are not available for ${object.storageClass}`);
  }
  if (object.restoration !== undefined) {
    if (object.restoration.expiresMs === undefined) {
      throw new S3Error("RestoreAlreadyInProgress", "Object restore is already in progress");
    }
    // The copy is there: only its end moves.
    makeReadable(context, bucket, object, days);
    return { status: 200 };
  }
  replaceVersion(bucket, object, { ...object, restoration: {} });
  emit(context, request, bucket, "ObjectRestore:Post", object);
  context.agenda.in(takesMs, () => {
    const version = versionOf(bucket, object.key, object.versionId);
    if (version?.type !== "object" || version.restoration === undefined) return;
    const restored = {
      expiresMs: makeReadable(context, bucket, version, days),
      storageClass: object.storageClass,
    };
    emit(context, request, bucket, "ObjectRestore:Completed", { ...object, restored });
  });
  return { status: 202 };
};

function makeReadable(context: S3Context, bucket: Bucket, object: ObjectVersion, days: number): number {
  const expiresMs = context.clock.now() + (days * DAY_MS) / context.clock.speed;
  replaceVersion(bucket, object, { ...object, restoration: { expiresMs } });
  context.agenda.in(days * DAY_MS, () => archiveAgain(context, bucket, object, expiresMs));
  return expiresMs;
}

function archiveAgain(context: S3Context, bucket: Bucket, object: ObjectVersion, expiresMs: number): void {
  const version = versionOf(bucket, object.key, object.versionId);
  // Another restoration may have moved the end.
  if (version?.type !== "object" || version.restoration?.expiresMs !== expiresMs) return;
  const { restoration: _, ...archived } = version;
  replaceVersion(bucket, version, archived);
  const service: Pick<S3Request, "requestId" | "sourceIp"> = {
    requestId: "s3",
    sourceIp: "s3.amazonaws.com",
  };
  emit(context, service, bucket, "ObjectRestore:Delete", version);
}

function readRestoreRequest(xml: string): { readonly days: number; readonly tier: string } {
  const root = readXml(xml, "RestoreRequest");
  const other = root.children.find(({ name }) => !["Days", "Tier", "GlacierJobParameters"].includes(name));
  if (other !== undefined) throw notImplemented(`RestoreRequest with ${other.name}`);
  const of = childrenOf(root, ["Days", "Tier", "GlacierJobParameters"]);
  const days = requiredText(of.Days);
  if (!/^[1-9]\d{0,4}$/.test(days)) throw malformedXml();
  const [parameters] = of.GlacierJobParameters;
  const inner = parameters === undefined ? undefined : childrenOf(parameters, ["Tier"]).Tier;
  return { days: Number(days), tier: optionalText(inner ?? of.Tier) ?? "Standard" };
}
