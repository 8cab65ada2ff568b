/** Whether a target takes an input: functions, buses and state machines take JSON alone. `service` is its ARN's third part. */
export function takesInput(service: string, input: string): boolean {
  if (!["lambda", "events", "states"].includes(service)) return true;
  try {
    JSON.parse(input);
    return true;
  } catch {
    return false;
  }
}
