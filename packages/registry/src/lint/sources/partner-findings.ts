import type { Claim, Partner } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'
import type { LintedParts } from '../readable-registry.ts'

/** @internal What is wrong with those who speak of a claim through its source. */
export function partnerFindings(
  { sources }: LintedParts,
  claim: Claim,
  place: string,
): readonly Finding[] {
  const { partners = [], shape } = claim
  const source = sources.get(claim.source)
  if (partners.length > 0 && shape === 'scalar') return [ofScalar(claim, `${place}/partners`)]
  return partners.flatMap((partner, at) => [
    ...(source === undefined || source.onBehalfOf.includes(partner.name)
      ? []
      : [undeclared(claim, partner, `${place}/partners/${at}/name`)]),
    ...overlaps(claim, partners.slice(0, at), partner, `${place}/partners/${at}/prefix`),
  ])
}

/** One value at most: what a partner adds would take the place of another's. */
function ofScalar({ name }: Claim, place: string): Finding {
  const message = `claim ${name} has one value at most, so nobody can have a part of it`
  return finding('partner.of-scalar', place, { message, fix: 'leave partners out' })
}

function undeclared({ name, source }: Claim, partner: Partner, place: string): Finding {
  const message = `claim ${name} names ${partner.name}, for which source ${source} does not speak`
  const fix = `add ${partner.name} to onBehalfOf of ${source}, or leave it out here`
  return finding('partner.undeclared', place, { message, fix })
}

/** The first of two is right, so that one mistake is reported once. */
function overlaps(
  { name }: Claim,
  before: readonly Partner[],
  { name: partner, prefix }: Partner,
  place: string,
): readonly Finding[] {
  const other = before.find(
    (each) => prefix.startsWith(each.prefix) || each.prefix.startsWith(prefix),
  )
  if (other === undefined) return []
  const message = `in claim ${name}, ${partner} and ${other.name} may say the same values`
  const fix = 'give each a prefix that begins no other'
  return [finding('partner.overlap', place, { message, fix })]
}
