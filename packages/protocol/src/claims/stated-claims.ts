import { ACCOUNT_CLAIM } from '../changes/account-state.ts'
import { STATED_KINDS, type StatedKind } from '../changes/change.ts'
import { CONTROL_PARTITION } from '../position/partition.ts'
import type { Claim, Registry } from '../registry/registry.ts'

/** No name of a claim or a source has a control character, so none is taken for another. */
const OF = '\u001f'

/**
 * A claim as one source states it: `name` is the name of its stored state, `source` the source. The owner's
 * state has the name of the claim; the state of a corroborating source is separate, because versions compare
 * within one source only (rule 32).
 */
export type StatedClaim = Claim

/** The claim of the registry that a stored state belongs to. */
export function concernedBy(name: string): string {
  const at = name.indexOf(OF)
  return at < 0 ? name : name.slice(0, at)
}

/** The claim as its corroborating source states it. A descriptive one decides nothing, and has none. */
export function corroborated(claim: Claim): StatedClaim | undefined {
  const { name, kind, corroborates: source } = claim
  if (source === undefined || kind === 'descriptive') return undefined
  return { ...claim, name: `${name}${OF}${source}`, source }
}

/** A claim as each of its sources states it, the owner's first. */
export function statementsOf(claim: Claim): readonly StatedClaim[] {
  const other = corroborated(claim)
  return other === undefined ? [claim] : [claim, other]
}

/** Every claim as each of its sources states it. */
export function statedClaims({ claims }: Pick<Registry, 'claims'>): readonly StatedClaim[] {
  return [...claims.values()].flatMap(statementsOf)
}

/** The names of the stored states of a source, for all claims that it states. */
export function ownedClaims(registry: Pick<Registry, 'claims'>, source: string): readonly string[] {
  return statedClaims(registry)
    .filter((claim) => claim.source === source)
    .map(({ name }) => name)
}

/** A snapshot of a source in a partition, with the kinds of state that its begin announced. */
export interface SnapshotPart {
  readonly partition: number
  readonly source: string
  readonly states: readonly StatedKind[]
}

/**
 * The names of the stored states that a snapshot states in one partition. Accounts have their states in the
 * control partition, and claims in the others.
 */
export function statedIn(registry: Registry, part: SnapshotPart): readonly string[] {
  const { partition, source, states } = part
  if (partition !== CONTROL_PARTITION) return ownedClaims(registry, source)
  return source === registry.account && states.includes('accounts') ? [ACCOUNT_CLAIM] : []
}

/** The kinds of state beside claims that a source sends. */
export function statedKindsOf(
  { account, cutOffs }: Pick<Registry, 'account' | 'cutOffs'>,
  source: string,
): readonly StatedKind[] {
  return STATED_KINDS.filter((kind) =>
    kind === 'accounts' ? source === account : cutOffs.includes(source),
  )
}

/**
 * Returns whether a snapshot answers for everything that its source can have sent in a partition. A snapshot
 * without accounts, or without cut-offs, knows nothing of those that a gap in the control partition lost.
 */
export function answersFor(
  registry: Registry,
  { partition, source, states }: SnapshotPart,
): boolean {
  if (partition !== CONTROL_PARTITION) return true
  return statedKindsOf(registry, source).every((kind) => states.includes(kind))
}

/** A claim as this source states it; `undefined` if the source does not state it. */
export function statedBy(
  { claims }: Pick<Registry, 'claims'>,
  name: string,
  source: string,
): StatedClaim | undefined {
  const claim = claims.get(name)
  return claim && statementsOf(claim).find((stated) => stated.source === source)
}

/** The claim as the other of its two sources states it. */
export function counterpartOf(
  registry: Pick<Registry, 'claims'>,
  name: string,
): StatedClaim | undefined {
  const claim = registry.claims.get(concernedBy(name))
  if (claim === undefined || corroborated(claim) === undefined) return undefined
  return statementsOf(claim).find((stated) => stated.name !== name)
}

/** The names of the stored states of all sources of some claims. */
export function namesStated(
  registry: Pick<Registry, 'claims'>,
  claims: readonly string[],
): readonly string[] {
  return claims.flatMap((name) => {
    const claim = registry.claims.get(name)
    return claim === undefined ? [name] : statementsOf(claim).map((stated) => stated.name)
  })
}

/** Returns whether these two state a claim, by the registry. */
export function areSourcesOf(
  { claims }: Pick<Registry, 'claims'>,
  name: string,
  { source, corroborates }: { readonly source: string; readonly corroborates: string },
): boolean {
  const claim = claims.get(name)
  return claim?.source === source && corroborated(claim)?.source === corroborates
}
