/** A moment as people and programs read it: UTC, whole seconds. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
