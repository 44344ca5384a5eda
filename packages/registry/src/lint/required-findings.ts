import { listedTest, type Audience, type Claim } from '@freshet/protocol'
import { escaped, finding, type Finding } from './finding.ts'
import { hasReadablePattern } from './claims/pattern-findings.ts'
import type { LintedParts } from './readable-registry.ts'
import { repeats } from './reference-findings.ts'

/** @internal What is wrong with the values that a route or a scope of an audience requires, by claim. */
export function requiredFindings(
  { claims }: Pick<LintedParts, 'claims'>,
  audience: Audience,
  require: ReadonlyMap<string, readonly string[]>,
  place: string,
): readonly Finding[] {
  return [...require].flatMap(([claim, values]) => {
    const at = `${place}/${escaped(claim)}`
    return [
      ...notCarried(audience, claim, at),
      ...descriptiveGrant(claims.get(claim), at),
      ...unlisted(claims.get(claim), values, at),
      ...wildcards(values, at),
      ...repeats(values, at).map((each) => ({ ...each, message: 'names a value again' })),
    ]
  })
}

function notCarried(audience: Audience, claim: string, place: string): readonly Finding[] {
  if (audience.claims.includes(claim)) return []
  const { name } = audience
  return [
    finding('grant.not-carried', place, {
      message: `tokens for ${name} do not carry ${claim}, so nobody could pass`,
      fix: `add ${claim} to the claims of ${name}, or require another claim`,
    }),
  ]
}

function descriptiveGrant(claim: Claim | undefined, place: string): readonly Finding[] {
  if (claim?.kind !== 'descriptive') return []
  const message = `claim ${claim.name} is descriptive and cannot be required`
  return [finding('grant.descriptive', place, { message, fix: 'require an authoritative claim' })]
}

function unlisted(
  claim: Claim | undefined,
  values: readonly string[],
  place: string,
): readonly Finding[] {
  if (claim === undefined || !hasReadablePattern(claim)) return []
  const isListed = listedTest(claim)
  return values.flatMap((value, at) => {
    if (isListed(value)) return []
    const message = `claim ${claim.name} cannot have ${value}, so nobody could pass`
    const fix = `let ${claim.name} have ${value} by its values and pattern, or require another`
    return [finding('grant.unlisted', `${place}/${at}`, { message, fix })]
  })
}

function wildcards(values: readonly string[], place: string): readonly Finding[] {
  return values.flatMap((value, at) => {
    if (!value.includes('*')) return []
    const message = 'a required value has a *, which stands for itself'
    return [
      finding('grant.wildcard', `${place}/${at}`, {
        message,
        fix: 'list the values that are required',
      }),
    ]
  })
}
