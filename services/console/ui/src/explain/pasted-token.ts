/** The token that was pasted last: in memory alone, in no address and no storage. */
let kept: string | undefined

/** Keeps it for the page that explains it. */
export function keepToken(token: string): void {
  kept = token
}

/** The kept token; gone after a reload. */
export function pastedToken(): string | undefined {
  return kept
}
