import type { ClaimValue, SourceConnection, SourceVersion } from '@freshet/protocol'
import { compareVersions, FreshetError } from '@freshet/protocol'
import type { Connector } from './connector.ts'
import type { FreshetPort, StatedState } from './freshet-port.ts'
import { StatedDigests } from './stated-digests.ts'
import { statesOfGone, statesOfRow, type UpstreamState } from './subject-changes.ts'

/** The most differences of one comparison. The rest is found by the next one, which follows at once. */
export const DIFFERENCES_MAX = 100_000
/** Fewer subjects that lose something are never held. */
const HELD_FROM_SUBJECTS = 10

/** Everything by which the upstream system and Freshet differ. */
export interface Comparison {
  readonly differences: readonly UpstreamState[]
  /** Subjects that are upstream or in Freshet. */
  readonly subjects: number
  /** Subjects that would lose a value or their account. */
  readonly losing: number
  /** Rows without a usable `sub`, and claims with a value that the mapping refuses. */
  readonly unmapped: number
  /** Subjects with more than one row. They get no values, because it is unknown which row is theirs. */
  readonly doubled: readonly string[]
  /** The states that Freshet has, for later reads of single subjects. */
  readonly digests: StatedDigests
  /** True if there are more differences than {@link DIFFERENCES_MAX}. */
  readonly isPartial: boolean
}

/** The parts of a comparison. */
export interface CompareParts {
  readonly connection: SourceConnection
  readonly connector: Connector
  readonly freshet: Pick<FreshetPort, 'states'>
  /** The version of the list. States of it and of later ones are left alone. */
  readonly version: SourceVersion
}

/**
 * Lists everything upstream and compares it with what Freshet has. It sends nothing. One row is in memory at a
 * time, beside a digest of each claim and the differences.
 *
 * @throws `connect.unavailable` if the list came to no proven end, and errors of the port
 */
export async function compareAll(parts: CompareParts, signal: AbortSignal): Promise<Comparison> {
  const { connection, connector, freshet } = parts
  const digests = new StatedDigests()
  for await (const { iss, sub, claim, values } of freshet.states(signal)) {
    if (iss === connection.subject.iss)
      digests.note({ sub, values, ...(claim !== undefined && { claim }) })
  }
  const differing = new Map<string, UpstreamState>()
  const seen = new Set<string>()
  const doubled = new Set<string>()
  let unmapped = 0
  const differ = (states: readonly UpstreamState[]): void => {
    for (const state of states) {
      const key = keyOf(state)
      if (differing.has(key) || !digests.has(state)) differing.set(key, state)
    }
  }
  for await (const row of connector.list?.(signal) ?? []) {
    const mapped = statesOfRow(connection, row)
    if (mapped === undefined) unmapped += 1
    else if (seen.has(mapped.sub)) doubled.add(mapped.sub)
    else {
      seen.add(mapped.sub)
      unmapped += mapped.refused
      if (differing.size < DIFFERENCES_MAX) differ(mapped.states)
    }
  }
  for (const sub of doubled) differ(withoutValues(connection, sub))
  const isPartial = differing.size >= DIFFERENCES_MAX
  const { missing, losing, known } = await lossesOf(parts, { differing, seen }, signal)
  for (const state of missing) differing.set(keyOf(state), state)
  return {
    differences: [...differing.values()],
    subjects: seen.size + known,
    losing,
    unmapped,
    doubled: [...doubled],
    digests,
    isPartial,
  }
}

/** @throws `connect.held` if more than this share of the subjects would lose something */
export function refuseMassRemoval({ losing, subjects }: Comparison, share: number): void {
  if (losing < HELD_FROM_SUBJECTS || losing <= subjects * share) return
  const message = `${losing} of ${subjects} subjects would lose a value or their account.`
  throw new FreshetError('connect.held', message)
}

interface Losses {
  readonly missing: readonly UpstreamState[]
  readonly losing: number
  /** Subjects that only Freshet has. */
  readonly known: number
}

/** Reads what Freshet has once more, beside the list: subjects that are missing upstream, and values that go. */
async function lossesOf(
  { connection, freshet, version }: CompareParts,
  listed: {
    readonly differing: ReadonlyMap<string, UpstreamState>
    readonly seen: ReadonlySet<string>
  },
  signal: AbortSignal,
): Promise<Losses> {
  const missing: UpstreamState[] = []
  const losing = new Set<string>()
  const known = new Set<string>()
  const isOurs = ({ claim }: StatedState): boolean =>
    claim === undefined ? connection.account : connection.claims.has(claim)
  for await (const stated of freshet.states(signal)) {
    const { iss, sub, claim, values } = stated
    if (iss !== connection.subject.iss || !isOurs(stated)) continue
    if (!listed.seen.has(sub)) known.add(sub)
    // A hint was newer than the list.
    if (compareVersions(stated.version, version) >= 0) continue
    const next = listed.seen.has(sub)
      ? listed.differing.get(keyOf(stated))
      : statesOfGone(connection, sub).find((each) => each.claim === claim)
    if (next === undefined || values.every((value) => next.values.includes(value))) continue
    if (claim !== undefined || values.includes('enabled')) losing.add(sub)
    if (!listed.seen.has(sub) && missing.length < DIFFERENCES_MAX) missing.push(next)
  }
  return { missing, losing: losing.size, known: known.size }
}

function withoutValues(connection: SourceConnection, sub: string): readonly UpstreamState[] {
  return [...connection.claims.keys()].map((claim) => ({ sub, claim, values: [] as ClaimValue[] }))
}

function keyOf({ sub, claim }: { readonly sub: string; readonly claim?: string }): string {
  return JSON.stringify([sub, claim ?? null])
}
