/**
 * An event of an SNS topic that invokes the function itself. Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon
 * SNS notifications". The types and those of `@types/aws-lambda` can stand for each other.
 */
export interface SnsEvent {
  readonly Records: SnsRecord[];
}

export interface SnsRecord {
  readonly EventVersion: string;
  readonly EventSubscriptionArn: string;
  readonly EventSource: string;
  readonly Sns: SnsMessage;
}

export interface SnsMessage {
  readonly SignatureVersion: string;
  readonly Timestamp: string;
  readonly Signature: string;
  readonly SigningCertUrl: string;
  readonly MessageId: string;
  readonly Message: string;
  readonly MessageAttributes: { [name: string]: { Type: string; Value: string } };
  readonly Type: string;
  readonly UnsubscribeUrl: string;
  readonly TopicArn: string;
  readonly Subject?: string;
  readonly Token?: string;
}
