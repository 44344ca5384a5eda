import {
  decideMint,
  subjectState,
  type Audience,
  type ClaimOfSubject,
  type FreshetError,
  type MintGrant,
  type Subject,
  type Clock,
  type SubjectState,
} from '@freshet/protocol'
import { mintQuery } from './mint-query.ts'
import { mintRefused } from './mint-refused.ts'
import type { MintStore } from './mint-store.ts'
import type { LoadedRegistry } from './mint.ts'

/** Stands for the key in turn: a preview signs nothing. */
const NO_KEY = { kid: 'preview', signsFromMs: 0 } as const

/** The token that would be minted, or the reason why none would be, with the state of each claim of the audience. */
export interface TokenPreview {
  readonly atMs: number
  readonly decision:
    | Pick<MintGrant, 'kind' | 'claims' | 'omitted' | 'expMs'>
    | { readonly kind: 'refusal'; readonly error: FreshetError }
  readonly claims: readonly ClaimOfSubject[]
}

/** The token that a preview is of. */
export interface PreviewOrder {
  readonly subject: Subject
  /** The actors of the token, the direct one first. Absent: none. */
  readonly actors?: readonly Subject[]
  readonly audience: Audience
  /** The scopes that would be asked for. Absent: none. */
  readonly scopes?: readonly string[]
}

/**
 * Decides as a mint would at this moment, and issues nothing: there is no token, no ledger row and no issuance record.
 * It does not check the logins, the client and its scopes, and the signing keys.
 *
 * @throws `database.*`
 */
export async function previewToken(
  { subject, actors = [], audience, scopes = [] }: PreviewOrder,
  { store, clock, issuer, loaded: { registry, hash: registryHash } }: SubjectDependencies,
): Promise<TokenPreview> {
  // The time comes first, as for a mint (rule 25).
  const atMs = clock.nowMs()
  const parties = [subject, ...actors] as const
  const order = { tenant: subject.tenant, parties, audience }
  const snapshot = await store.snapshot(mintQuery(order, registry, { kids: [], issuer }))
  const request = { parties, audience, scopes, registry, registryHash, keys: [NO_KEY], iatMs: atMs }
  const decision = decideMint(request, snapshot)
  const { claims } = subjectState({ subject, registry, atMs }, snapshot)
  return {
    atMs,
    decision:
      decision.kind === 'grant' ? decision : { kind: 'refusal', error: mintRefused(decision) },
    claims: claims.filter(({ claim }) => audience.claims.includes(claim)),
  }
}

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
