/** An element that is known to be there: its index came from the same list. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  return list[index] as T;
}
