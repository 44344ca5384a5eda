/** The facts of an error of the library. Every member can be absent. */
export interface LibraryError {
  readonly name?: string
  readonly message?: string
  readonly type?: string
  readonly code?: unknown
  readonly cause?: unknown
  /** The broker of the failure, as `host:port`. */
  readonly broker?: unknown
  /** The failures of single topics. */
  readonly errors?: unknown
}

const CAUSES_MAX = 5

/**
 * Returns an error and its causes. The library wraps an error up to three times, and the outermost name is
 * the least precise.
 */
export function causesOf(error: unknown): readonly LibraryError[] {
  const causes: LibraryError[] = []
  let next = error
  while (typeof next === 'object' && next !== null && causes.length < CAUSES_MAX) {
    const cause: LibraryError = next
    causes.push(cause)
    const [single] = Array.isArray(cause.errors) ? (cause.errors as unknown[]) : []
    next = cause.cause ?? single
  }
  return causes
}
