import type { Cloud } from "../cloud.ts";
import type { Screen } from "./screen.ts";

/** Prints how any AWS client reaches the cloud, and waits for Ctrl-C. */
export function keepUp(cloud: Cloud, screen: Screen, signal: AbortSignal): Promise<void> {
  const { httpApis, ...services } = cloud.endpoints;
  screen.line("");
  screen.line("The cloud is up. For any AWS client:");
  screen.line(`  export AWS_REGION=${cloud.stacks[0]?.region ?? "us-east-1"}`);
  screen.line("  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local");
  for (const [service, url] of Object.entries(services)) {
    screen.line(`  export AWS_ENDPOINT_URL_${service.toUpperCase()}=${url}`);
  }
  // Each is there by its own name too.
  const named = Object.entries(httpApis).filter(([name]) => name.includes("/"));
  for (const [name, url] of named) screen.line(`  ${name}: ${url}`);
  screen.line("Ctrl-C stops it.");
  const holding = setInterval(() => {}, 60_000);
  return new Promise((resolve) => {
    const stop = (): void => {
      clearInterval(holding);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
