import type { Change, ClaimChange, ValueWithdrawn } from '../changes/change.ts'
import type { Claim, Registry } from '../registry/registry.ts'

/**
 * Returns the reason why a source is not allowed to send this on behalf of a partner, as a sentence without a
 * value. `undefined` if it is allowed, and for changes on its own behalf. The caller has checked that the
 * source is allowed to act for the partner at all.
 *
 * A partner of a claim adds and removes values under its prefix and nothing else: a `set`, a `clear` or a
 * snapshot would remove values of others.
 */
export function partnerRefusal(
  registry: Registry,
  source: string,
  change: Change,
): string | undefined {
  const { onBehalfOf: partner } = change
  if (partner === undefined) return undefined
  switch (change.kind) {
    case 'claim':
    case 'value-withdrawn':
      return refusalOf(registry.claims.get(change.claim), partner, change)
    case 'snapshot-begin':
    case 'snapshot-end':
      return statesForItself(registry, source, partner)
    default:
      return undefined
  }
}

function refusalOf(
  claim: Claim | undefined,
  partner: string,
  change: ClaimChange | ValueWithdrawn,
): string | undefined {
  const { partners = [] } = claim ?? {}
  if (partners.length === 0) return undefined
  const named = partners.find(({ name }) => name === partner)
  if (named === undefined) return `claim ${change.claim} does not name ${partner} as a partner`
  if (change.kind === 'claim' && (change.op === 'set' || change.op === 'clear')) {
    return `claim ${change.claim} is only added to and removed from for ${partner}`
  }
  const values = change.kind === 'claim' ? change.values : [change.value]
  const isUnder = values.every(
    (value) => typeof value === 'string' && value.startsWith(named.prefix),
  )
  if (isUnder) return undefined
  return `a value of claim ${change.claim} is not under the prefix of ${partner}`
}

function statesForItself(
  { claims }: Registry,
  source: string,
  partner: string,
): string | undefined {
  const isShared = [...claims.values()].some(
    (claim) => claim.source === source && (claim.partners ?? []).length > 0,
  )
  return isShared ? `source ${source} states its claims for itself, not for ${partner}` : undefined
}
