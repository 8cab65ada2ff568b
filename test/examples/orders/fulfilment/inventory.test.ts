import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Inventory, inventoryIn } from "../../../../examples/orders/src/inventory.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../../../support/dynamodb.ts";

let dynamo: TestDynamoDB;
let client: DynamoDBClient;
let inventory: Inventory;
let stock = "";
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
  client = dynamo.clientFor();
});
afterAll(() => dynamo.stop());

beforeEach(async () => {
  stock = await dynamo.newTable("productId");
  const reservations = await dynamo.newTable("reservationId");
  inventory = inventoryIn(dynamoDBTransport(client), { stock, reservations });
  await put("lamp", 10);
  await put("bulb", 3);
});

async function put(productId: string, quantity: number): Promise<void> {
  const Item = { productId: { S: productId }, quantity: { N: String(quantity) } };
  await client.send(new PutItemCommand({ TableName: stock, Item }));
}

async function left(): Promise<readonly (string | undefined)[]> {
  const of = async (productId: string) => {
    const input = { TableName: stock, Key: { productId: { S: productId } }, ConsistentRead: true };
    return (await client.send(new GetItemCommand(input))).Item?.["quantity"]?.N;
  };
  return [await of("lamp"), await of("bulb")];
}

const lines = (lamps: number, bulbs: number) => [
  { productId: "lamp", quantity: lamps, price: 1 },
  { productId: "bulb", quantity: bulbs, price: 1 },
];
const reserve = (idempotencyKey: string, items = lines(2, 1)) =>
  inventory.reserve({ orderId: `order of ${idempotencyKey}`, items, idempotencyKey }, rootCall());

describe("reserving", () => {
  it("takes all items out of the stock, or none", async () => {
    await reserve("k-1");
    await expect(reserve("k-2", lines(1, 3))).rejects.toMatchObject({
      code: "ORDER_REFUSED",
      step: "inventory",
      message: "bulb is out of stock",
    });
    expect(await left()).toEqual(["8", "2"]);
  });

  it("adds up what an order has of one product in several lines", async () => {
    await reserve("k-1", [...lines(2, 1), ...lines(3, 1)]);
    expect(await left()).toEqual(["5", "1"]);
  });

  it("with a key that was used before takes nothing more", async () => {
    const first = await reserve("k-1");
    expect(await reserve("k-1")).toEqual(first);
    expect(await left()).toEqual(["8", "2"]);
  });

  it("refuses a product that nobody knows", async () => {
    const items = [{ productId: "sofa", quantity: 1, price: 1 }];
    await expect(reserve("k-1", items)).rejects.toMatchObject({ message: "sofa is not known" });
  });

  it("that was refused stays refused when there is stock again: a request may wake late", async () => {
    await expect(reserve("k-1", lines(1, 4))).rejects.toMatchObject({ code: "ORDER_REFUSED" });
    await put("bulb", 100);
    await expect(reserve("k-1", lines(1, 4))).rejects.toMatchObject({ message: "bulb is out of stock" });
    expect(await left()).toEqual(["10", "100"]);
  });

  it("by many at once gives away what there is, and no more", async () => {
    await put("lamp", 100);
    const all = Array.from({ length: 6 }, (_, number) => reserve(`k-${number}`, lines(1, 1)));
    const ends = await Promise.allSettled(all);
    const conflicts = ends.filter(
      (end) => end.status === "rejected" && end.reason.code !== "ORDER_REFUSED",
    ).length;
    const reserved = ends.filter(({ status }) => status === "fulfilled").length;
    expect(await left()).toEqual([String(100 - reserved), String(3 - reserved)]);
    expect(reserved + conflicts).toBeGreaterThanOrEqual(3);
  });
});

describe("putting back", () => {
  it("happens once, though asked for twice", async () => {
    const reservation = await reserve("k-1");
    for (let times = 0; times < 2; times++)
      await inventory.restock({ ...reservation, idempotencyKey: "k-2" }, rootCall());
    expect(await left()).toEqual(["10", "3"]);
  });

  it("is not undone by the reservation's own request, come late", async () => {
    const reservation = await reserve("k-1");
    await inventory.restock({ ...reservation, idempotencyKey: "k-2" }, rootCall());
    await reserve("k-1");
    expect(await left()).toEqual(["10", "3"]);
  });

  it("of what was never reserved fails, and adds nothing", async () => {
    const nothing = { reservationId: "k-9", lines: [{ productId: "lamp", quantity: 1 }] };
    await expect(inventory.restock({ ...nothing, idempotencyKey: "k-2" }, rootCall())).rejects.toThrow();
    expect(await left()).toEqual(["10", "3"]);
  });
});
