/** The class of what is urgent whatever the claim: the end of accounts and sessions, cut-offs, denials. */
const URGENT_CLASS = 'kill'
const URGENT_KINDS: ReadonlySet<string> = new Set(['account', 'cut-off', 'deny'])

/** The class that a change is measured in; `null` where no objective is about such. */
export function measuredClass(change: {
  /** The class of its claim in the registry; `null` if it has none. */
  readonly class: string | null
  readonly kind: string
}): string | null {
  return change.class ?? (URGENT_KINDS.has(change.kind) ? URGENT_CLASS : null)
}
