import { partitionOf, type Revocation, type Subject } from '@freshet/protocol'
import { ALICE, originInWorld } from '@freshet/testkit'

/** Returns one of many subjects that exist only to be revoked. */
export function strangerOf(n: number): Subject {
  return { ...ALICE, sub: `stranger-${n}@acme.example` }
}

/** Returns the loss of the n-th stranger: several claims by one change. */
export function lossOf(
  n: number,
  claims: readonly string[],
  when: { readonly e: bigint; readonly nowMs: number },
): Revocation {
  const subject = strangerOf(n)
  const lost = claims.map((claim) => [claim, { offset: BigInt(n + 1), values: null }] as const)
  return {
    scope: 'subject',
    subject,
    claims: new Map(lost),
    ...originInWorld(`hr-${String(n).padStart(12, '0')}`, partitionOf(subject), when.e, when.nowMs),
  }
}

/** Returns records by their partition. */
export function byPartition(
  revocations: readonly Revocation[],
): ReadonlyMap<number, readonly Revocation[]> {
  const groups = new Map<number, Revocation[]>()
  for (const revocation of revocations) {
    const group = groups.get(revocation.partition) ?? []
    groups.set(revocation.partition, group)
    group.push(revocation)
  }
  return groups
}
