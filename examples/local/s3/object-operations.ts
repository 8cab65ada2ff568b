import { COPY_SOURCE_HEADERS } from "./objects/copy-source.ts";
import { ATTRIBUTE_HEADERS } from "./objects/object-headers.ts";
import type { Operation } from "./operation.ts";
import { completeMultipartUpload } from "./operations/complete-multipart-upload.ts";
import { copyObject } from "./operations/copy-object.ts";
import { deleteObject } from "./operations/delete-objects.ts";
import { getObject, headObject, RESPONSE_OVERRIDES } from "./operations/get-object.ts";
import { listParts } from "./operations/list-uploads.ts";
import {
  abortMultipartUpload,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
} from "./operations/multipart-upload.ts";
import { putObject } from "./operations/put-object.ts";
import { restoreObject } from "./operations/restore-object.ts";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./operations/tagging.ts";

const READ_CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;
const WRITE_CONDITIONS = ["if-match", "if-none-match"] as const;

export const OBJECT_OPERATIONS: readonly Operation[] = [
  {
    name: "PutObject",
    method: "PUT",
    level: "object",
    handle: putObject,
    body: true,
    metadata: true,
    headers: [...ATTRIBUTE_HEADERS, ...WRITE_CONDITIONS],
  },
  {
    name: "CopyObject",
    method: "PUT",
    level: "object",
    handle: copyObject,
    copies: true,
    metadata: true,
    headers: [
      ...ATTRIBUTE_HEADERS,
      ...COPY_SOURCE_HEADERS,
      ...WRITE_CONDITIONS,
      "x-amz-metadata-directive",
      "x-amz-tagging-directive",
      "x-amz-checksum-algorithm",
    ],
  },
  {
    name: "GetObject",
    method: "GET",
    level: "object",
    handle: getObject,
    query: ["versionId", "partNumber", ...RESPONSE_OVERRIDES],
    headers: [...READ_CONDITIONS, "range", "x-amz-checksum-mode"],
  },
  {
    name: "HeadObject",
    method: "HEAD",
    level: "object",
    handle: headObject,
    query: ["versionId", "partNumber", ...RESPONSE_OVERRIDES],
    headers: [...READ_CONDITIONS, "range", "x-amz-checksum-mode"],
  },
  {
    name: "DeleteObject",
    method: "DELETE",
    level: "object",
    handle: deleteObject,
    query: ["versionId"],
    headers: ["if-match"],
  },
  {
    name: "CreateMultipartUpload",
    method: "POST",
    level: "object",
    handle: createMultipartUpload,
    marks: ["uploads"],
    metadata: true,
    headers: [...ATTRIBUTE_HEADERS, "x-amz-checksum-algorithm", "x-amz-checksum-type"],
  },
  {
    name: "UploadPart",
    method: "PUT",
    level: "object",
    handle: uploadPart,
    marks: ["uploadId", "partNumber"],
    body: true,
  },
  {
    name: "UploadPartCopy",
    method: "PUT",
    level: "object",
    handle: uploadPartCopy,
    marks: ["uploadId", "partNumber"],
    copies: true,
    headers: [...COPY_SOURCE_HEADERS, "x-amz-copy-source-range"],
  },
  {
    name: "CompleteMultipartUpload",
    method: "POST",
    level: "object",
    handle: completeMultipartUpload,
    marks: ["uploadId"],
    body: true,
    headers: [...WRITE_CONDITIONS, "x-amz-checksum-type", "x-amz-mp-object-size"],
  },
  {
    name: "AbortMultipartUpload",
    method: "DELETE",
    level: "object",
    handle: abortMultipartUpload,
    marks: ["uploadId"],
  },
  {
    name: "ListParts",
    method: "GET",
    level: "object",
    handle: listParts,
    marks: ["uploadId"],
    query: ["max-parts", "part-number-marker"],
  },
  {
    name: "RestoreObject",
    method: "POST",
    level: "object",
    handle: restoreObject,
    marks: ["restore"],
    query: ["versionId"],
    body: true,
  },
  {
    name: "PutObjectTagging",
    method: "PUT",
    level: "object",
    handle: putObjectTagging,
    marks: ["tagging"],
    query: ["versionId"],
    body: true,
  },
  {
    name: "GetObjectTagging",
    method: "GET",
    level: "object",
    handle: getObjectTagging,
    marks: ["tagging"],
    query: ["versionId"],
  },
  {
    name: "DeleteObjectTagging",
    method: "DELETE",
    level: "object",
    handle: deleteObjectTagging,
    marks: ["tagging"],
    query: ["versionId"],
  },
];
