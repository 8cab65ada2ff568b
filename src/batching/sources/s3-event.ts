/**
 * An event of S3's own notifications. Source: Amazon S3 User Guide, "Event message structure". The types and those of
 * `@types/aws-lambda` can stand for each other.
 */
export interface S3Event {
  readonly Records: S3Record[];
}

export interface S3Record {
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly eventTime: string;
  /** "ObjectCreated:Put". */
  readonly eventName: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: { readonly "x-amz-request-id": string; readonly "x-amz-id-2": string };
  readonly s3: {
    readonly s3SchemaVersion: string;
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly ownerIdentity: { readonly principalId: string };
      readonly arn: string;
    };
    readonly object: {
      /** As in a URL's query: a space is `+`. */
      readonly key: string;
      readonly size: number;
      readonly eTag: string;
      readonly versionId?: string | undefined;
      readonly sequencer: string;
    };
  };
  readonly glacierEventData?:
    | {
        readonly restoreEventData: {
          readonly lifecycleRestorationExpiryTime: string;
          readonly lifecycleRestoreStorageClass: string;
        };
      }
    | undefined;
}
