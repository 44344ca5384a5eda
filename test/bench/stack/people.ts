import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import type { ClaimChange } from '@freshet/protocol'
import type { ChangeFeed } from './change-feed.ts'

/** People of HR whose groups change; each is a watermark at every edge. */
export const PEOPLE = 1_000

/** Returns the name of the n-th person at the identity provider. */
export function personNamed(n: number): string {
  return `person-${n}`
}

/**
 * Returns the n-th change of a run: HR moves its people in turn from one of two groups to the other. Each
 * change but a person's first removes a value, so an edge must apply it.
 */
export function moveOf(n: number, id: string): ClaimChange {
  return {
    kind: 'claim',
    tenant: DEV_TENANT,
    source: 'hr',
    id,
    occurredAtMs: Date.now(),
    sourceVersion: { epoch: 0n, n: BigInt(n + 1) },
    subject: { tenant: DEV_TENANT, iss: DEV_IDP, sub: personNamed(n % PEOPLE) },
    claim: 'groups',
    op: 'set',
    values: [Math.floor(n / PEOPLE) % 2 === 0 ? 'payments-approvers' : 'staff'],
  }
}

/** Returns the number of people who have lost a value, after so many changes of a run. */
export function moversAfter(changes: number): number {
  return Math.min(Math.max(changes - PEOPLE, 0), PEOPLE)
}

/** Gives every person a first group: no person loses a value by it. */
export async function seedPeople(feed: ChangeFeed): Promise<void> {
  const seeds = Array.from({ length: PEOPLE }, (_, n) => moveOf(n, `seed-${n}`))
  await Promise.all(seeds.map((seed) => feed.append(seed)))
}
