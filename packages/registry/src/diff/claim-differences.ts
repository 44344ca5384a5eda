import { type Claim, type OnUnverified, listedTest } from '@freshet/protocol'
import {
  writtenDuration,
  missingFrom,
  otherMembers,
  otherwise,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** The answers to a claim without knowledge, from the strictest to the most lenient. */
const STRICTNESS: readonly OnUnverified[] = ['deny', 'validate', 'strip']

/** @internal How a claim differs. */
export function claimDifferences(
  before: Claim,
  after: Claim,
  place: string,
): readonly PolicyDifference[] {
  const both = { before, after }
  const { name } = after
  return [
    ...sourceMoved(both, place),
    ...otherKind(both, place),
    ...otherReading(both, place),
    ...lifeChanged(both, place),
    ...onUnverified(both, place),
    ...parentsChanged(both, place),
    ...disclosure(both, place),
    ...partnersChanged(both, place),
    ...delegationChanged(both, place),
    ...valuesDifferences(before, after, place),
    ...corroborationChanged(both, place),
    ...otherMembers(['owner', 'description', 'class', 'maxBytes', 'onMissing', 'onOver'], both, {
      what: `claim ${name}`,
      place,
    }),
  ]
}

interface Both {
  readonly before: Claim
  readonly after: Claim
}

/** The new source has not stated what the old one stated last (rule 32). */
function sourceMoved({ before, after }: Both, place: string): readonly PolicyDifference[] {
  if (before.source === after.source) return []
  const sentence =
    `claim ${after.name} moves from source ${before.source} to ${after.source}: it is in doubt ` +
    `until a complete snapshot of ${after.source} ends`
  return [takesAway(`${place}/source`, sentence)]
}

/**
 * A token from before has what its subject had, whatever its actors have. It also outlived the claims that this one is
 * derived from, and values that were withdrawn.
 */
function otherKind({ before, after }: Both, place: string): readonly PolicyDifference[] {
  if (before.kind === after.kind) return []
  const at = `${place}/kind`
  return after.kind === 'descriptive'
    ? [takesAway(at, `claim ${after.name} is descriptive: no route can require it`)]
    : [takesAway(at, `claim ${after.name} is authoritative: routes can require it`)]
}

/** Watermarks were raised by how the claim was read then: what it takes to tighten has changed. */
function otherReading({ before, after }: Both, place: string): readonly PolicyDifference[] {
  return (['polarity', 'shape'] as const)
    .filter((member) => before[member] !== after[member])
    .map((member) => {
      const sentence = `claim ${after.name} is read as ${after[member]}, not as ${before[member]}`
      return takesAway(`${place}/${member}`, sentence)
    })
}

function lifeChanged({ before, after }: Both, place: string): readonly PolicyDifference[] {
  if (before.maxTtlMs === after.maxTtlMs) return []
  const difference = after.maxTtlMs < before.maxTtlMs ? takesAway : widens
  const sentence =
    `claim ${after.name} lives at most ${writtenDuration(after.maxTtlMs)}, ` +
    `not ${writtenDuration(before.maxTtlMs)}`
  return [difference(`${place}/maxTtl`, sentence)]
}

function onUnverified({ before, after }: Both, place: string): readonly PolicyDifference[] {
  const [was, is] = [before.onUnverified, after.onUnverified]
  if (was === is) return []
  const difference = STRICTNESS.indexOf(is) < STRICTNESS.indexOf(was) ? tightensAtOnce : widens
  return [
    difference(`${place}/onUnverified`, `claim ${after.name} unverified means ${is}, not ${was}`),
  ]
}

/**
 * Tokens show which values of a parent they have, so which withdrawals concern them. Those that are out can lack a parent
 * that is added.
 */
function parentsChanged({ before, after }: Both, place: string): readonly PolicyDifference[] {
  const at = `${place}/from`
  const { name } = after
  return [
    ...missingFrom(before.from, after.from).map((parent) =>
      takesAway(at, `claim ${name} is derived from ${parent}, and goes stale with it`),
    ),
    ...missingFrom(after.from, before.from).map((parent) =>
      widens(at, `claim ${name} is not derived from ${parent} any more`),
    ),
  ]
}

/** Tokens that are out have what the subject had. */
function delegationChanged({ before, after }: Both, place: string): readonly PolicyDifference[] {
  const [was, is] = [before.delegation ?? 'intersect', after.delegation ?? 'intersect']
  if (was === is) return []
  const at = `${place}/delegation`
  return is === 'subject'
    ? [widens(at, `claim ${after.name} of a token with actors is that of its subject`)]
    : [takesAway(at, `claim ${after.name} of a token with actors is what all of them have`)]
}

function disclosure({ before, after }: Both, place: string): readonly PolicyDifference[] {
  if (before.publish === after.publish) return []
  const at = `${place}/publish`
  return after.publish
    ? [widens(at, `values of claim ${after.name} are disclosed on the revocation topic`)]
    : [otherwise(at, `values of claim ${after.name} are not disclosed any more`)]
}

/** Values that a partner sent before stay the source's: another version removes none of them. */
function partnersChanged({ before, after }: Both, place: string): readonly PolicyDifference[] {
  const [was, is] = [before.partners ?? [], after.partners ?? []]
  const at = `${place}/partners`
  const { name } = after
  const all = `each partner of source ${after.source}`
  if (was.length === 0 && is.length === 0) return []
  if (was.length === 0) {
    return [
      tightensAtOnce(
        at,
        `claim ${name} is shared by prefix: ${all} can only send values with its own`,
      ),
    ]
  }
  if (is.length === 0)
    return [widens(at, `claim ${name} is not shared by prefix: ${all} can send any value`)]
  const prefixOf = (of: Claim['partners'], partner: string): string | undefined =>
    of?.find((each) => each.name === partner)?.prefix
  const names = [...new Set([...was, ...is].map((each) => each.name))]
  return names.flatMap((partner) => {
    const [old, now] = [prefixOf(was, partner), prefixOf(is, partner)]
    if (old === now) return []
    if (now === undefined)
      return [tightensAtOnce(at, `${partner} can no longer send claim ${name}`)]
    if (old === undefined) return [widens(at, `${partner} can send values of claim ${name}`)]
    const difference = now.startsWith(old) ? tightensAtOnce : widens
    return [difference(at, `${partner} can send values of claim ${name} with another prefix`)]
  })
}

/** A source that is to state the claim too has not done so yet (rule 32). */
function corroborationChanged({ before, after }: Both, place: string): readonly PolicyDifference[] {
  const [was, is] = [before.corroborates, after.corroborates]
  if (was === is) return []
  const at = `${place}/corroborates`
  if (is === undefined) return [widens(at, `claim ${after.name} has one source`)]
  const sentence = `claim ${after.name} is corroborated by source ${is}: it is in doubt until a complete snapshot of ${is} ends`
  return [takesAway(at, sentence)]
}

/**
 * @internal How the values that a claim can have differ. Tokens that are out may carry one that it
 * cannot have any more. It is not known which of two patterns has more values, so a changed pattern counts as both.
 */
function valuesDifferences(
  before: Claim,
  after: Claim,
  place: string,
): readonly PolicyDifference[] {
  const { name } = after
  const at = `${place}/${before.pattern === after.pattern ? 'values' : 'pattern'}`
  const differences = [
    ...(lacksSome(after, before) ? [takesAway(at, `claim ${name} can have fewer values`)] : []),
    ...(lacksSome(before, after) ? [widens(at, `claim ${name} can have more values`)] : []),
  ]
  if (differences.length > 0 || before.pattern === after.pattern) return differences
  return [otherwise(at, `\`pattern\` of claim ${name} is another, and its values are the same`)]
}

/** Returns whether the one version might allow a value of the claim that the other does not. */
function lacksSome(claim: Claim, other: Claim): boolean {
  const { values, pattern } = other
  if (values !== undefined) {
    const isListed = listedTest(claim)
    return values.filter(listedTest(other)).some((value) => !isListed(value))
  }
  if (claim.values !== undefined) return true
  return claim.pattern !== undefined && claim.pattern !== pattern
}
