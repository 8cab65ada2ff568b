/** HTTP statuses of the error codes used here (AWS page 'Error responses'). */
const STATUSES = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IllegalLocationConstraintException: 400,
  IllegalVersioningConfigurationException: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  // AWS page 'Error responses' does not list it; this is the status that S3 answers.
  InvalidChunkSizeError: 403,
  InvalidDigest: 400,
  InvalidEncryptionAlgorithmError: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartNumber: 416,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidTag: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  MissingRequestBodyError: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  ObjectNotInActiveTierError: 403,
  PreconditionFailed: 412,
  RequestTimeout: 400,
  RestoreAlreadyInProgress: 409,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof STATUSES;

/** A request that fails: answered as XML with Code, Message and these fields, under the code's HTTP status. */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: S3ErrorCode,
    message: string,
    more: {
      readonly fields?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = "S3Error";
    this.code = code;
    this.status = STATUSES[code];
    this.fields = more.fields ?? {};
    this.headers = more.headers ?? {};
  }
}

export const malformedXml = (): S3Error =>
  new S3Error(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );

export const invalidArgument = (name: string, value: string, message: string): S3Error =>
  new S3Error("InvalidArgument", message, { fields: { ArgumentName: name, ArgumentValue: value } });

/** What S3 knows and this one does not: said, never ignored. */
export const notImplemented = (what: string): S3Error =>
  new S3Error(
    "NotImplemented",
    `A header or parameter you provided implies functionality that is not implemented: ${what}`,
  );
