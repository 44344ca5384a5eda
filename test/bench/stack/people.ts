import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import type { ClaimChange } from '@freshet/domain'
import type { ChangeFeed } from './change-feed.ts'

/** People of HR whose groups change; each is a watermark at every edge. */
export const PEOPLE = 1_000

/** The name of the n-th at the identity provider. */
export function personNamed(n: number): string {
  return `person-${n}`
}

/**
 * The n-th change of a run: HR moves its people in turn from one of two groups to the other. Each
 * but the first of a person takes something away, so an edge must hear of it.
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

/** Gives everybody a first group: nobody loses anything by it. */
export async function seedPeople(feed: ChangeFeed): Promise<void> {
  const seeds = Array.from({ length: PEOPLE }, (_, n) => moveOf(n, `seed-${n}`))
  await Promise.all(seeds.map((seed) => feed.append(seed)))
}
