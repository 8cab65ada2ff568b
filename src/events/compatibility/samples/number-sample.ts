import type { NumberShape, Shape } from "../shapes/shape.ts";

/** Numbers at and round the bounds of a shape, and of those near it. */
export function numberSamples(shape: NumberShape, near: readonly Shape[]): readonly number[] {
  const shapes = [shape, ...near.filter((one) => one.type === "number")];
  const listed = near.flatMap((one) =>
    one.type === "values" ? one.values.filter((value) => typeof value === "number") : [],
  );
  const bounds = [...shapes.flatMap(({ min, max }) => [min, max]), ...listed].filter(Number.isFinite);
  const points = [...bounds, 0].flatMap((at) => [at, at + 1, at - 1, at + 0.5, at - 0.5]);
  const steps = shape.multiples.flatMap((by) => [
    ...Array.from({ length: 12 }, (_, at) => (at + 1) * by),
    ...points.flatMap((at) => [Math.floor(at / by) * by, Math.ceil(at / by) * by]),
  ]);
  const middle = (shape.min + shape.max) / 2;
  const few = Array.from({ length: 12 }, (_, at) => at);
  const all = [1, ...bounds, ...steps, middle, ...points, ...few, 0.25, 1e9].filter(Number.isFinite);
  return [...new Set(all.map((at) => (at === 0 ? 0 : at)))].filter((at) => isWithin(shape, at));
}

function isWithin({ min, max, isInteger }: NumberShape, value: number): boolean {
  return value >= min && value <= max && (!isInteger || Number.isInteger(value));
}
