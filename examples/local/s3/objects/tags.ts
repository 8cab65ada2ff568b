import { S3Error } from "../s3-error.ts";

/** AWS page 'Categorizing your objects using tags'. @throws S3Error InvalidTag. */
export function checkTags(
  pairs: readonly (readonly [name: string, value: string])[],
): Readonly<Record<string, string>> {
  if (pairs.length > 10) throw new S3Error("InvalidTag", "Object tags cannot be greater than 10");
  for (const [name, value] of pairs) {
    if (name === "" || name.length > 128 || name.startsWith("aws:")) {
      throw new S3Error("InvalidTag", "The TagKey you have provided is invalid", {
        fields: { TagKey: name },
      });
    }
    if (value.length > 256) {
      throw new S3Error("InvalidTag", "The TagValue you have provided is invalid", {
        fields: { TagKey: name },
      });
    }
  }
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length !== pairs.length) {
    throw new S3Error("InvalidTag", "Cannot provide multiple Tags with the same key");
  }
  return tags;
}
