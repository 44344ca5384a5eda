/** Which of the documented exit codes an error ends with. */
export type CliErrorKind = 'error' | 'usage' | 'notFound' | 'unreachable' | 'notAuthorised'

/** An error of this program: what happened, why, and what to run next. */
export class CliError extends Error {
  readonly kind: CliErrorKind
  readonly why: string | undefined
  readonly next: string | undefined

  constructor(
    kind: CliErrorKind,
    message: string,
    more: { readonly why?: string; readonly next?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'CliError'
    this.kind = kind
    this.why = more.why
    this.next = more.next
  }
}
