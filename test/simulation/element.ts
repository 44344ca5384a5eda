/** Returns the element at an index that exists by construction; a model that is wrong about that stops. */
export function elementAt<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new RangeError(`no element ${index} in the model`)
  return found
}
