import {
  CLOCK_TOLERANCE_MS,
  isRestriction,
  readPattern,
  type ForeignIssuer,
} from '@freshet/protocol'
import { writtenDuration } from '../../diff/difference.ts'
import { escaped, finding, pointer, type Finding } from '../finding.ts'
import { keyOriginFindings, type KeyOriginRules } from './key-origin-findings.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats, unknownName } from '../reference-findings.ts'

const KEY_RULES: KeyOriginRules = { origin: 'foreign.keys', address: 'foreign.keys-address' }

/** @internal What is wrong with the issuers of foreign tokens. */
export function issuerFindings(registry: LintedParts): readonly Finding[] {
  const seen = new Map<string, string>()
  return [...(registry.issuers?.values() ?? [])].flatMap((issuer) => {
    const place = pointer('issuers', issuer.name)
    const other = seen.get(issuer.issuer)
    seen.set(issuer.issuer, issuer.name)
    return [
      ...(other === undefined ? [] : [twice(issuer, other, place)]),
      ...unknownNames(registry, issuer, place),
      ...unknownSubjects(registry, issuer, place),
      ...[...issuer.claims.keys()].flatMap((claim) =>
        claimFindings(registry, issuer, { claim, place }),
      ),
      ...keyOriginFindings(issuer, place, KEY_RULES),
      ...repeats(issuer.audiences, `${place}/audiences`),
      ...unreadablePattern(issuer, place),
      ...unrestricted(registry, issuer, place),
      ...shortMargin(issuer, place),
    ]
  })
}

function twice({ issuer }: ForeignIssuer, other: string, place: string): Finding {
  const message = `tokens of ${issuer} are declared under ${other} already`
  return finding('foreign.twice', `${place}/issuer`, { message, fix: 'keep one entry for it' })
}

function unknownNames(
  registry: LintedParts,
  { tenant, audiences, issuances }: ForeignIssuer,
  place: string,
): readonly Finding[] {
  return [
    ...unknownName(registry, {
      code: 'foreign.unknown-tenant',
      part: 'tenants',
      name: tenant,
      place: `${place}/tenant`,
    }),
    ...audiences.flatMap((name, at) =>
      unknownName(registry, {
        code: 'foreign.unknown-audience',
        part: 'audiences',
        name,
        place: `${place}/audiences/${at}`,
      }),
    ),
    ...(issuances === undefined
      ? []
      : unknownName(registry, {
          code: 'source.unknown',
          part: 'sources',
          name: issuances,
          place: `${place}/issuances`,
        })),
  ]
}

function unknownSubjects(
  { tenants }: ReadableRegistry,
  { name, tenant: id, subjects }: ForeignIssuer,
  place: string,
): readonly Finding[] {
  const tenant = tenants.get(id)
  if (tenant === undefined) return []
  if (tenant.identityProviders.some(({ issuer }) => issuer === subjects.iss)) return []
  const message = `tokens of ${name} are about subjects of no identity provider of tenant ${id}`
  const fix = `use the issuer of an identity provider of tenant ${id}`
  return [finding('foreign.unknown-subjects', `${place}/subjects/iss`, { message, fix })]
}

function claimFindings(
  registry: LintedParts,
  { name, maxTtlMs }: ForeignIssuer,
  { claim: given, place }: { readonly claim: string; readonly place: string },
): readonly Finding[] {
  const at = `${place}/claims/${escaped(given)}`
  const claim = registry.claims.get(given)
  if (claim === undefined)
    return unknownName(registry, { code: 'claim.unknown', part: 'claims', name: given, place: at })
  const found: Finding[] = []
  if (claim.polarity === 'restrict') {
    const message = `tokens of ${name} would give ${given}, which restricts`
    found.push(finding('foreign.restricts', at, { message, fix: `leave ${given} out` }))
  }
  if (maxTtlMs > claim.maxTtlMs) {
    const message = `tokens of ${name} live longer than claim ${given} allows`
    const fix = `use at most ${writtenDuration(claim.maxTtlMs)}, or leave ${given} out`
    found.push(finding('foreign.lives-too-long', `${place}/maxTtl`, { message, fix }))
  }
  return found
}

function unreadablePattern(
  { name, subjects: { pattern } }: ForeignIssuer,
  place: string,
): readonly Finding[] {
  const read = pattern === undefined ? undefined : readPattern(pattern)
  if (read === undefined || read.ok) return []
  const message = `the pattern of the subjects of ${name} cannot be used: ${read.problem}`
  const fix = 'write it with characters, classes, groups, | and repetitions alone'
  return [finding('pattern.unreadable', `${place}/subjects/pattern`, { message, fix })]
}

/** Another finding names a restricting claim that the issuer gives. */
function unrestricted(
  { audiences, claims }: LintedParts,
  { name, audiences: accepting, claims: given }: ForeignIssuer,
  place: string,
): readonly Finding[] {
  return accepting.flatMap((each, at) => {
    const audience = audiences.get(each)
    const routes = [...(audience?.routes.values() ?? [])]
    const binding = (audience?.claims ?? []).filter((carried) => {
      const claim = claims.get(carried)
      const restricts = claim !== undefined && isRestriction(claim) && !given.has(carried)
      const isIgnored =
        routes.length > 0 && routes.every(({ ignores }) => ignores?.includes(carried))
      return restricts && !isIgnored
    })
    return binding.map((carried) => {
      const message = `tokens of ${name} are unverified at ${each}, which ${carried} restricts`
      const fix = `use another audience, or let the routes of ${each} ignore ${carried}`
      return finding('foreign.unrestricted', `${place}/audiences/${at}`, { message, fix })
    })
  })
}

function shortMargin({ name, marginMs }: ForeignIssuer, place: string): readonly Finding[] {
  if (marginMs >= CLOCK_TOLERANCE_MS) return []
  const message = `the margin of ${name} is shorter than clocks may be apart`
  const fix = `make margin ${writtenDuration(CLOCK_TOLERANCE_MS)} or longer`
  return [finding('foreign.margin-too-short', `${place}/margin`, { message, fix })]
}
