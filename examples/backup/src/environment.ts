/** A variable that the template sets. Without it the function cannot start, and says so in its init error. */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`The environment variable ${name} is not set; template.yaml sets it for this function.`);
  }
  return value;
}
