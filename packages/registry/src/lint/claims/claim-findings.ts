import { type Claim, REGISTERED_CLAIMS, type Partner } from '@freshet/protocol'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats, unknownName } from '../reference-findings.ts'
import { missingOwner } from '../sources/source-findings.ts'
import { claimsInCircles } from './claim-circles.ts'
import { patternFindings } from './pattern-findings.ts'

/** @internal What is wrong with the claims. */
export function claimFindings(registry: LintedParts): readonly Finding[] {
  const circular = claimsInCircles(registry.claims)
  return [...registry.claims.values()].flatMap((claim) => {
    const place = pointer('claims', claim.name)
    return [
      ...reserved(claim, place),
      ...namesOthers(registry, claim, place),
      ...missingOwner(claim.owner, `claim ${claim.name}`, place),
      ...stripsRestriction(claim, place),
      ...omitsRestriction(claim, place),
      ...delegatesRestriction(claim, place),
      ...decidesNothing(claim, place),
      ...corroboratesItself(claim, place),
      ...partnerFindings(registry, claim, place),
      ...repeats(
        (claim.values ?? []).map((each) => JSON.stringify(each)),
        `${place}/values`,
      ),
      ...patternFindings(claim, place),
      ...(circular.has(claim.name) ? cycle(claim, place) : fromDescriptive(registry, claim, place)),
    ]
  })
}

function namesOthers(
  registry: LintedParts,
  { source, class: named, from, corroborates }: Claim,
  place: string,
): readonly Finding[] {
  const refer = unknownName.bind(undefined, registry)
  return [
    ...refer({ code: 'source.unknown', part: 'sources', name: source, place: `${place}/source` }),
    ...(corroborates === undefined
      ? []
      : refer({
          code: 'source.unknown',
          part: 'sources',
          name: corroborates,
          place: `${place}/corroborates`,
        })),
    ...refer({ code: 'class.no-objective', part: 'slo', name: named, place: `${place}/class` }),
    ...from.flatMap((name, at) =>
      refer({ code: 'claim.unknown', part: 'claims', name, place: `${place}/from/${at}` }),
    ),
    ...repeats(from, `${place}/from`),
  ]
}

/** Readers take such a claim for the standard's claim of that name. */
function reserved({ name }: Claim, place: string): readonly Finding[] {
  if (!REGISTERED_CLAIMS.has(name)) return []
  const message = `${name} is a claim that tokens carry anyway`
  return [finding('claim.reserved', place, { message, fix: 'give the claim another name' })]
}

/** Leaving a restriction out would allow more (rule 24). */
function stripsRestriction(claim: Claim, place: string): readonly Finding[] {
  if (claim.polarity === 'grant' || claim.onUnverified !== 'strip') return []
  const message = `claim ${claim.name} restricts, so stripping it would allow more`
  const at = `${place}/onUnverified`
  return [finding('claim.strips-a-restriction', at, { message, fix: 'use deny or validate' })]
}

/** A token without it would allow more, too. */
function omitsRestriction(claim: Claim, place: string): readonly Finding[] {
  if (claim.polarity === 'grant') return []
  const message = `claim ${claim.name} restricts, so a token without it would allow more`
  return (['onMissing', 'onOver'] as const)
    .filter((member) => claim[member] === 'omit')
    .map((member) =>
      finding('claim.omits-a-restriction', `${place}/${member}`, { message, fix: 'use refuse' }),
    )
}

/** An actor's own restriction would not count where it acts for another. */
function delegatesRestriction(claim: Claim, place: string): readonly Finding[] {
  if (claim.polarity === 'grant' || claim.delegation !== 'subject') return []
  const message = `claim ${claim.name} restricts, so that of an actor always counts too`
  const at = `${place}/delegation`
  return [finding('claim.delegates-a-restriction', at, { message, fix: 'leave delegation out' })]
}

/** Members of a descriptive claim that configure decisions. `deny` is the default and has no effect. */
function decidesNothing(claim: Claim, place: string): readonly Finding[] {
  if (claim.kind !== 'descriptive') return []
  const unused = [
    ...(claim.onUnverified === 'deny' ? [] : ['onUnverified']),
    ...(claim.polarity === 'grant' ? [] : ['polarity']),
    ...(claim.from.length === 0 ? [] : ['from']),
    ...(claim.delegation === undefined ? [] : ['delegation']),
    ...(claim.corroborates === undefined ? [] : ['corroborates']),
  ]
  return unused.map((member) => {
    const message = `claim ${claim.name} is descriptive: nothing is decided by it, and ${member} says nothing`
    return finding('claim.decides-nothing', `${place}/${member}`, {
      message,
      fix: `leave ${member} out, or make the claim authoritative`,
    })
  })
}

/** A source that agrees with itself corroborates nothing. */
function corroboratesItself(
  { name, source, corroborates }: Claim,
  place: string,
): readonly Finding[] {
  if (corroborates !== source) return []
  const message = `claim ${name} is corroborated by its own source ${source}`
  const fix = 'name another source, or leave corroborates out'
  return [finding('claim.corroborates-itself', `${place}/corroborates`, { message, fix })]
}

/** A claim makes its derived claims stale (rule 24), and a descriptive claim never becomes stale. */
function fromDescriptive(
  registry: ReadableRegistry,
  claim: Claim,
  place: string,
): readonly Finding[] {
  if (claim.kind === 'descriptive') return []
  return claim.from.flatMap((name, at) => {
    if (registry.claims.get(name)?.kind !== 'descriptive') return []
    const message = `claim ${claim.name} rests on ${name}, which is descriptive and grants nothing`
    const fix = 'derive it from authoritative claims'
    return [finding('claim.from-descriptive', `${place}/from/${at}`, { message, fix })]
  })
}

function cycle({ name }: Claim, place: string): readonly Finding[] {
  const text = { message: `claim ${name} is derived from itself`, fix: 'break the circle of from' }
  return [finding('claim.from-cycle', `${place}/from`, text)]
}

/** @internal What is wrong with those who speak of a claim through its source. */
function partnerFindings(
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
