/** What the library tells about a failure; every member may be absent. */
export interface LibraryError {
  readonly name?: string
  readonly message?: string
  readonly type?: string
  readonly code?: unknown
  readonly cause?: unknown
  /** Where it happened, as `host:port`. */
  readonly broker?: unknown
  /** Failures of single topics. */
  readonly errors?: unknown
}

const CAUSES_MAX = 5

/** The library wraps what happened up to three times; the outermost name says least. */
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
