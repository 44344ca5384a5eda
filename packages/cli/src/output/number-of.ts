/** Returns a number with its noun, as `1 edge` and `2 edges`. */
export function numberOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
