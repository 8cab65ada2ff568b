/** What KMS answers instead of doing what was asked. Codes are those of the KMS API Reference. */
export class KmsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "KmsError";
    this.code = code;
  }
}

export function invalid(message: string): KmsError {
  return new KmsError("ValidationException", message);
}

export function notFound(message: string): KmsError {
  return new KmsError("NotFoundException", message);
}

export function invalidState(message: string): KmsError {
  return new KmsError("KMSInvalidStateException", message);
}

export function unsupported(message: string): KmsError {
  return new KmsError("UnsupportedOperationException", message);
}
