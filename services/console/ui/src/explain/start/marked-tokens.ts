import type { ChangeTokens, HeldTokenJson, LiveChange } from '@freshet/insight/answers'

/** A token with the change that made it stale. */
export type StaleToken = HeldTokenJson & { readonly stale: NonNullable<HeldTokenJson['stale']> }

/** Changes whose tokens are asked for, and tokens that are shown. */
const CHANGES_MAX = 5
const TOKENS_MAX = 5

/** The ids of the latest changes that made tokens of one subject stale. */
export function markingChanges(changes: readonly LiveChange[]): readonly string[] {
  const marking = changes.filter(({ tokensMarked, subject }) => tokensMarked > 0 && subject)
  return [...new Set(marking.map(({ id }) => id))].slice(0, CHANGES_MAX)
}

/** The tokens that these changes made stale, the latest mark first, each once. */
export function markedTokens(answers: readonly ChangeTokens[]): readonly StaleToken[] {
  const tokens = answers.flatMap(({ items }) => items.flatMap((each) => each.tokens))
  const stale = tokens.filter((token): token is (typeof tokens)[number] & StaleToken =>
    Boolean(token.stale),
  )
  const byId = new Map(stale.map((token) => [`${token.issuer ?? ''} ${token.jti}`, token]))
  return [...byId.values()]
    .toSorted((a, b) => b.stale.at.localeCompare(a.stale.at))
    .slice(0, TOKENS_MAX)
}
