/** An IP address as a number of 32 or 128 bits. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const V4_MAPPED = 0xffffn;

/** Reads `10.0.0.33` or `2001:db8::1`; undefined when the text is no address. An IPv4-mapped IPv6 address is IPv4. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return parseV4(text);
  if (text.includes(":") && /^[0-9a-fA-F:]{2,39}$/.test(text)) return parseV6(text);
  return undefined;
}

function parseV4(text: string): IpAddress | undefined {
  const bytes = text.split(".").map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return { bits: 32, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

function parseV6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (groups.some((group) => group.length < 1 || group.length > 4)) return undefined;
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  return value >> 32n === V4_MAPPED ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/** A block of addresses: those whose first bits are those of `prefix`. */
export interface CidrBlock {
  readonly bits: 32 | 128;
  readonly hostBits: bigint;
  readonly prefix: bigint;
}

/**
 * Reads `10.0.0.0/24` or `2001:db8::/32`.
 *
 * @returns what is wrong with the text, when it is. A mask of all bits is refused, as EventBridge does.
 */
export function parseCidr(text: string): CidrBlock | { readonly wrong: string } {
  const [ip = "", mask = "", ...more] = text.split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(mask)) {
    return { wrong: "a CIDR block is an IP address, one slash and the number of mask bits: 10.0.0.0/24" };
  }
  const address = parseIpAddress(ip);
  if (address === undefined) return { wrong: `${JSON.stringify(ip)} is not an IP address` };
  if (Number(mask) >= address.bits) {
    return {
      wrong: `mask bits must be below ${address.bits}; to match one address, write it as a plain string`,
    };
  }
  const hostBits = BigInt(address.bits - Number(mask));
  return { bits: address.bits, hostBits, prefix: address.value >> hostBits };
}

export function inCidrBlock(block: CidrBlock, address: IpAddress): boolean {
  return block.bits === address.bits && address.value >> block.hostBits === block.prefix;
}
