import { type Call, refusal } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { AwsTransport } from "./transport.ts";

/** What every AWS SDK v3 client has in common. */
export interface AwsClient {
  send(command: never, options: never): Promise<unknown>;
}

/** The command classes of the operations a transport offers, by operation name. */
export type AwsCommands = Readonly<Record<string, new (input: never) => object>>;

/**
 * A transport over an AWS SDK v3 client, for the operations listed.
 *
 * A call that is over (aborted, past its deadline, settled) is refused before anything is sent.
 */
export function commandTransport(where: string, client: AwsClient, commands: AwsCommands): AwsTransport {
  if (typeof client?.send !== "function") {
    throw new InvalidOptionError(where, "it takes an AWS SDK v3 client, made once outside the handler");
  }
  return {
    async call(operation, input, call) {
      const Command = Object.hasOwn(commands, operation) ? commands[operation] : undefined;
      if (Command === undefined) {
        const offered = Object.keys(commands).join(", ");
        throw new InvalidOptionError(where, `no operation "${operation}"; this transport has ${offered}`);
      }
      const reason = refusal(call);
      if (reason !== undefined) throw reason;
      // The client checks inputs against its own model; `never` is what all the command classes' inputs share.
      return send(client, new Command(input as never), call);
    },
  };
}

type Send = (
  command: object,
  options: { readonly abortSignal: AbortSignal },
) => Promise<Record<string, unknown>>;

/** `send` is overloaded per command in every client; this is the form that they all have. */
function send(client: AwsClient, command: object, call: Call): Promise<Record<string, unknown>> {
  return (client.send as Send).call(client, command, { abortSignal: call.signal });
}
