import type { AccountState } from '../changes/account-state.ts'
import { newestVersion, valueKey } from '../claims/claim-state.ts'
import { statementsOf, type StatedClaim } from '../claims/stated-claims.ts'
import type { SourceVersion } from '../position/source-version.ts'
import type { Claim, Registry } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'
import { isAccountInDoubt } from './account-in-force.ts'
import { isInDoubt, mintableValues, statedValues } from './claims-in-force.ts'
import type { MintSnapshot } from './mint-snapshot.ts'
import { silentFeed, watchedFeeds } from './silent-sources.ts'

/**
 * The status of a claim of a subject. `verified`: its sources are live, so the values are current. `unverified`: a
 * source is silent beyond its lease. `doubt`: the state is unreliable until its source states it again.
 * `contradicted`: its two sources state different values, and the narrower ones count.
 */
export const CLAIM_STATUSES = ['verified', 'unverified', 'doubt', 'contradicted'] as const

/** A status of a claim of a subject. */
export type ClaimStatus = (typeof CLAIM_STATUSES)[number]

/** The state of a claim of a subject as one of its sources stated it. */
export interface SourceStatement {
  readonly source: string
  readonly values: readonly ClaimValue[]
  /** The newest version of the source; absent: it never sent the claim of this subject. */
  readonly version?: SourceVersion
  /** The least `through` of the source that counts for the subject; `null`: it never sent a heartbeat. */
  readonly throughMs: number | null
}

/** A claim of a subject, with the values that a token can have. */
export interface ClaimOfSubject {
  readonly claim: string
  readonly values: readonly ClaimValue[]
  readonly status: ClaimStatus
  /** The source whose silence makes the claim unverified. */
  readonly silentSource?: string
  /** The owner's statement first. */
  readonly statements: readonly SourceStatement[]
}

/** The current state of a subject: account and claims. */
export interface SubjectState {
  /** True if any source ever sent a claim or an account event of the subject. */
  readonly known: boolean
  readonly account: AccountState
  /** True if its state is unreliable: no token is minted until the account source states it. */
  readonly accountInDoubt: boolean
  readonly claims: readonly ClaimOfSubject[]
}

/** The subject, with the registry and the time to judge its state by. */
export interface SubjectQuestion {
  readonly subject: Subject
  readonly registry: Registry
  /** Taken before the snapshot was read (rule 25). */
  readonly atMs: number
}

/** Returns the state of a subject by one snapshot: for each registered claim the values that a mint would use. */
export function subjectState(question: SubjectQuestion, snapshot: MintSnapshot): SubjectState {
  const [{ known, account }] = snapshot.parties
  const { claims, account: source } = question.registry
  const isStated = snapshot.control.statedAccounts?.has(source) === true
  return {
    known,
    account,
    accountInDoubt: isAccountInDoubt(account, { source, isStated, doubts: snapshot.doubts }),
    claims: [...claims.values()].map((claim) => claimOf(claim, question, snapshot)),
  }
}

function claimOf(
  claim: Claim,
  { subject, registry, atMs }: SubjectQuestion,
  snapshot: MintSnapshot,
): ClaimOfSubject {
  const silent = silentFeed({ parties: [subject], registry, atMs }, [claim], snapshot)?.source
  const statements = statementsOf(claim).map((stated) =>
    statementOf(stated, { subject, registry }, snapshot),
  )
  const status = isInDoubt(claim, snapshot, registry)
    ? 'doubt'
    : silent !== undefined
      ? 'unverified'
      : isContradicted(statements)
        ? 'contradicted'
        : 'verified'
  return {
    claim: claim.name,
    values: mintableValues(claim, snapshot, registry),
    status,
    ...(silent !== undefined && { silentSource: silent }),
    statements,
  }
}

function statementOf(
  stated: StatedClaim,
  { subject, registry }: Omit<SubjectQuestion, 'atMs'>,
  snapshot: MintSnapshot,
): SourceStatement {
  const claimSnapshot = snapshot.claims.get(stated.name)
  const source = claimSnapshot?.source ?? stated.source
  const feeds = watchedFeeds({ parties: [subject], registry }, [stated], snapshot)
  const throughs = feeds
    .filter((feed) => feed.source === source)
    .map(({ at }) => at.throughMs.get(source) ?? null)
  return {
    source,
    values: statedValues(stated, snapshot, registry),
    ...(claimSnapshot !== undefined && { version: newestVersion(claimSnapshot.state) }),
    throughMs: leastOf(throughs),
  }
}

function leastOf(throughs: readonly (number | null)[]): number | null {
  const known = throughs.filter((each) => each !== null)
  return known.length === 0 || known.length < throughs.length ? null : Math.min(...known)
}

/** Two sources differ only if both have sent the claim. */
function isContradicted(statements: readonly SourceStatement[]): boolean {
  const sent = statements.filter(({ version }) => version !== undefined)
  const [first, ...others] = sent.map(({ values }) => values.map(valueKey).sort().join())
  return others.some((keys) => keys !== first)
}
