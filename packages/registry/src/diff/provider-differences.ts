import type { IdentityProvider } from '@freshet/protocol'
import {
  missingFrom,
  otherMembers,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How an identity provider differs. The authority goes by it at the next exchange. */
export function providerDifferences(
  before: IdentityProvider,
  after: IdentityProvider,
  place: string,
): readonly PolicyDifference[] {
  const what = after.issuer
  const named = (member: 'audiences' | 'azp'): readonly PolicyDifference[] => {
    const [was, is] = [before[member] ?? [], after[member] ?? []]
    return [
      ...missingFrom(is, was).map((name) =>
        tightensAtOnce(place, `no token of ${what} for ${name} is exchanged (\`${member}\`)`),
      ),
      ...missingFrom(was, is).map((name) =>
        widens(place, `tokens of ${what} for ${name} are exchanged (\`${member}\`)`),
      ),
    ]
  }
  return [
    ...named('audiences'),
    ...named('azp'),
    ...lives(before, after, place),
    ...otherMembers(['keys', 'published', 'idClaim'], { before, after }, { what, place }).map(
      (difference) => ({ ...difference, place }),
    ),
  ]
}

/** Without `maxLife`, a token lives 5 min at most: any other life is longer, or counted otherwise. */
function lives(
  { maxLifeMs: was }: IdentityProvider,
  { maxLifeMs: is, issuer }: IdentityProvider,
  place: string,
): readonly PolicyDifference[] {
  if (was === is) return []
  const effect = (is ?? 0) > (was ?? 0) ? widens : tightensAtOnce
  return [effect(place, `\`maxLife\` of ${issuer} is another`)]
}
