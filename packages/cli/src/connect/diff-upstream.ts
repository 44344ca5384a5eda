import { compareAll, refuseMassRemoval, type FreshetPort } from '@freshet/connect'
import { FreshetError, SNAPSHOT_REMOVAL_SHARE, type ClaimValue } from '@freshet/protocol'
import type { Upstream } from './upstreams.ts'

/** A claim or an account that a comparison would change. */
export interface UpstreamDifference {
  readonly tenant: string
  readonly subject: string
  /** Absent: the account. */
  readonly claim?: string
  readonly added: readonly ClaimValue[]
  readonly removed: readonly ClaimValue[]
}

/** The result of a comparison that was not sent. */
export interface UpstreamDiff {
  readonly source: string
  readonly tenant: string
  readonly subjects: number
  readonly differences: readonly UpstreamDifference[]
  /** More differences exist than were compared. */
  readonly isPartial: boolean
  /** Why `freshet serve connect` would hold the comparison. Absent: it would send it. */
  readonly held?: string
  /** Subjects with several rows. They have no values. */
  readonly doubled: readonly string[]
}

/** A version above all of them, so that each statement of the source is compared. */
const NEWEST = { epoch: (1n << 63n) - 1n, n: 0n }

/**
 * Compares an upstream system with what Freshet has of the source, as `freshet serve connect` does. It sends nothing.
 *
 * @throws `connect.unavailable` if the list came to no proven end, and errors of the gateway
 */
export async function diffUpstream(
  { source, connection, connector }: Upstream,
  freshet: Pick<FreshetPort, 'states'>,
  signal: AbortSignal,
): Promise<UpstreamDiff> {
  const comparison = await compareAll({ connection, connector, freshet, version: NEWEST }, signal)
  const nameOf = (sub: string, claim: string | undefined): string => JSON.stringify([sub, claim])
  const next = new Map(comparison.differences.map((each) => [nameOf(each.sub, each.claim), each]))
  const before = new Map<string, readonly ClaimValue[]>()
  for await (const { iss, sub, claim, values } of freshet.states(signal)) {
    const name = nameOf(sub, claim)
    if (iss === connection.subject.iss && next.has(name)) before.set(name, values)
  }
  const { tenant } = connection
  const differences = [...next].map(([name, { sub, claim, values }]) => {
    const had = before.get(name) ?? []
    return {
      tenant,
      subject: sub,
      ...(claim !== undefined && { claim }),
      added: values.filter((value) => !had.includes(value)),
      removed: had.filter((value) => !values.includes(value)),
    }
  })
  const held = heldBecause(() =>
    refuseMassRemoval(comparison, source.snapshotRemovalShare ?? SNAPSHOT_REMOVAL_SHARE),
  )
  const { subjects, isPartial, doubled } = comparison
  const sizes = { source: source.id, tenant, subjects, differences, isPartial, doubled }
  return { ...sizes, ...(held !== undefined && { held }) }
}

function heldBecause(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof FreshetError) return error.message
    throw error
  }
}
