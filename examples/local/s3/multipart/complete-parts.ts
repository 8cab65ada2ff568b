import { algorithmNamed, CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from "../checksums/checksums.ts";
import { unquoted } from "../objects/conditions.ts";
import { malformedXml, S3Error } from "../s3-error.ts";
import type { Upload, UploadedPart } from "../state.ts";
import { childrenOf, optionalText, readXml, requiredText, type XmlNode } from "../xml-read.ts";
import { effectiveChecksum } from "./upload-checksum.ts";

/** A part as the request to complete lists it. */
export interface ListedPart {
  readonly partNumber: number;
  readonly eTag: string;
  readonly checksum?: { readonly element: string; readonly value: string };
}

/** AWS page 'Amazon S3 multipart upload limits': every part but the last. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

const CHECKSUM_ELEMENTS = CHECKSUM_ALGORITHMS.map((algorithm) => `Checksum${algorithm}` as const);

/** @throws S3Error MalformedXML, also for an empty list; InvalidRequest for no list at all, as S3 answers. */
export function readListedParts(xml: string): readonly ListedPart[] {
  if (xml === "") throw new S3Error("InvalidRequest", "You must specify at least one part");
  const { Part: nodes } = childrenOf(readXml(xml, "CompleteMultipartUpload"), ["Part"]);
  if (nodes.length === 0 || nodes.length > 10_000) throw malformedXml();
  return nodes.map(readListedPart);
}

function readListedPart(node: XmlNode): ListedPart {
  const of = childrenOf(node, ["PartNumber", "ETag", ...CHECKSUM_ELEMENTS]);
  const number = requiredText(of.PartNumber);
  if (!/^\d{1,5}$/.test(number)) throw malformedXml();
  const elements = CHECKSUM_ELEMENTS.filter((element) => of[element].length > 0);
  const [element] = elements;
  if (elements.length > 1) throw malformedXml();
  return {
    partNumber: Number(number),
    eTag: unquoted(requiredText(of.ETag)),
    ...(element === undefined ? {} : { checksum: { element, value: optionalText(of[element]) ?? "" } }),
  };
}

/**
 * The parts that make the object: those that are listed, in ascending order, each as it was uploaded last.
 *
 * @throws S3Error InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest (AWS page 'CompleteMultipartUpload');
 * InternalError for gaps between numbers under a composite checksum, as AWS page 'Checking object integrity' says.
 */
export function chooseParts(upload: Upload, listed: readonly ListedPart[]): readonly UploadedPart[] {
  if (listed.some((part, index) => index > 0 && part.partNumber <= (listed[index - 1]?.partNumber ?? 0))) {
    throw new S3Error(
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { fields: { UploadId: upload.uploadId } },
    );
  }
  const chosen = listed.map((one) => {
    const part = upload.parts.get(one.partNumber);
    if (part === undefined || part.eTag !== one.eTag) throw invalidPart(upload, one);
    checkListedChecksum(upload, one, part);
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (small !== undefined) {
    throw new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      fields: {
        ProposedSize: String(small.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(small.partNumber),
        ETag: small.eTag,
      },
    });
  }
  const composite = upload.checksum?.type === "COMPOSITE";
  if (composite && chosen.some(({ partNumber }, index) => partNumber !== index + 1)) {
    throw new S3Error(
      "InternalError",
      "We encountered an internal error. Please try again. (Parts under a composite checksum must be numbered 1, 2, 3 without gaps.)",
    );
  }
  return chosen;
}

function checkListedChecksum(upload: Upload, listed: ListedPart, part: UploadedPart): void {
  const { algorithm } = effectiveChecksum(upload);
  if (listed.checksum === undefined) {
    if (upload.checksum?.type !== "COMPOSITE") return;
    throw new S3Error(
      "InvalidRequest",
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
    );
  }
  // A part's checksum that nobody asked for when the upload began was verified, but not kept: no part has it.
  if (upload.checksum === undefined) throw invalidPart(upload, listed);
  const named = algorithmNamed(listed.checksum.element.replace("Checksum", ""));
  if (named !== algorithm) throw badPartDigest(named, part);
  if (listed.checksum.value !== part.checksum) throw invalidPart(upload, listed);
}

/** S3 says so of a part's checksum by another algorithm than the upload's. */
const badPartDigest = (algorithm: ChecksumAlgorithm | undefined, part: UploadedPart): S3Error =>
  new S3Error(
    "BadDigest",
    `The ${algorithm?.toLowerCase()} you specified for part ${part.partNumber} did not match what we received.`,
  );

const invalidPart = (upload: Upload, listed: ListedPart): S3Error =>
  new S3Error(
    "InvalidPart",
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    {
      fields: {
        UploadId: upload.uploadId,
        PartNumber: String(listed.partNumber),
        ETag: listed.eTag,
      },
    },
  );
