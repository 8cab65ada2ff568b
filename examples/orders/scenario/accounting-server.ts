import { sendJson, startHttpServer } from "../../local/process/http-server.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import type { Customer } from "../src/order.ts";

/** How often it fails for a moment. */
const UNAVAILABLE = 0.03;

/** The accounting system's stand-in: knows every customer, and is unavailable now and then. */
export async function startAccounting(random: () => number): Promise<ThirdParties> {
  const server = await startHttpServer((request, response) => {
    const customerId = /^\/customers\/([^/?]+)$/.exec(request.url ?? "")?.[1];
    if (random() < UNAVAILABLE) return sendJson(response, 503, { message: "try again" });
    if (customerId === undefined) return sendJson(response, 404, { message: "no such page" });
    return sendJson(response, 200, customer(decodeURIComponent(customerId)));
  });
  return { parameters: { AccountingUrl: `http://127.0.0.1:${server.port}` }, stop: () => server.stop() };
}

/** What it knows of a customer: the same every time. */
export function customer(customerId: string): Customer {
  const number = Number(customerId.replace(/\D/g, ""));
  return { name: `Customer ${number}`, segment: number % 3 === 0 ? "business" : "private" };
}
