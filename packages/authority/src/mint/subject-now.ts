import { subjectState, type Clock, type Subject, type SubjectState } from '@freshet/protocol'
import { mintQuery } from './mint-query.ts'
import type { LoadedRegistry } from './mint.ts'
import type { MintStore } from './mint-store.ts'

/** The parts that a question about a subject needs. They issue nothing. */
export interface SubjectDependencies {
  readonly store: Pick<MintStore, 'snapshot'>
  readonly clock: Clock
  /** The `iss` of our tokens. */
  readonly issuer: string
  readonly loaded: LoadedRegistry
}

/** The state of a subject with its time. */
export interface SubjectNow extends SubjectState {
  /** The time before the snapshot was read. */
  readonly atMs: number
}

/**
 * Reads the state of a subject as a mint would at this moment: all registered claims from one snapshot.
 *
 * @throws `database.*`
 */
export async function subjectNow(
  subject: Subject,
  { store, clock, issuer, loaded: { registry } }: SubjectDependencies,
): Promise<SubjectNow> {
  const atMs = clock.nowMs()
  const order = {
    tenant: subject.tenant,
    parties: [subject] as const,
    audience: { claims: [...registry.claims.keys()] },
  }
  const snapshot = await store.snapshot(mintQuery(order, registry, { kids: [], issuer }))
  return { ...subjectState({ subject, registry, atMs }, snapshot), atMs }
}
