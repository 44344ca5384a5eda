import type {
  Ledger,
  RecheckQuery,
  MintedToken,
  MintStore,
  ValidationStore,
} from '@freshet/authority'
import type { AuditReader } from '@freshet/audit'
import type { AuditEntry, AuditKind } from '@freshet/wire'
import type {
  AccountState,
  ClaimState,
  Denial,
  Position,
  Scope,
  SourceVersion,
  Subject,
  Taking,
} from '@freshet/protocol'

/** The records of the reconciler before a mint. */
export interface MintSeed {
  readonly progress?: readonly {
    readonly partition: number
    readonly e: bigint
    readonly nextOffset: bigint
    readonly activePv: number
    readonly activeHash: string | null
    readonly minimumPv: number
  }[]
  readonly claims?: readonly {
    readonly subject: Subject
    readonly claim: string
    readonly source: string
    readonly state: ClaimState
  }[]
  readonly accounts?: readonly { readonly subject: Subject; readonly state: AccountState }[]
  readonly doubts?: readonly {
    readonly subject: Subject
    readonly claim: string
    readonly offset: bigint
    readonly raised: boolean
    readonly settled: boolean
  }[]
  readonly withdrawn?: readonly {
    readonly tenant: string
    readonly claim: string
    readonly value: string
    readonly version: SourceVersion
  }[]
  readonly feeds?: readonly {
    readonly tenant: string
    readonly source: string
    readonly partition: number
    readonly throughMs: number | null
    /** A full statement with this version has ended, and its walk has only begun. Absent: there is none. */
    readonly walksTo?: SourceVersion
  }[]
  /** Merged by max, as the recorder does. */
  readonly watermarks?: readonly {
    /** The time by the clock of the source. Default 0. */
    readonly timeMs?: number
    readonly scope: Scope
    readonly position: Position
    readonly source: string
    readonly change: string
  }[]
  readonly denials?: readonly { readonly denial: Denial; readonly change: string }[]
}

/** The content of such a feed. */
export function walkTo(floor: SourceVersion): Taking {
  const place = { e: 1n, offset: 7n, appendedAtMs: 0, occurredAtMs: 0 }
  const end = { id: 'end-1', ...place, contentHash: 'x', traceparent: null }
  return {
    phase: 'taking',
    end,
    begin: 'begin-1',
    floor,
    covers: [],
    after: null,
    lost: false,
    tightened: true,
  }
}

/** A store under test, with ways to put into it what others record, and to look behind it. */
export interface MintStoreUnderTest {
  readonly store: MintStore & Ledger
  /** The store over the same database. */
  readonly validation: ValidationStore
  seed(seed: MintSeed): Promise<void>
  issuance(jti: string): Promise<IssuanceUnderTest | undefined>
  /** The reader over the same database. */
  readonly audit: Pick<AuditReader, 'issuances'>
  /** Returns the entries that wait for sealing, in order. */
  audited(): Promise<readonly (AuditEntry | undefined)[]>
  /** The next call fails: before it did anything, or after it committed. */
  failNext(fault: 'before-commit' | 'unknown'): void
}

/** The part of an issuance record that the suite looks at. */
export interface IssuanceUnderTest {
  readonly withheld: boolean
  readonly claims: readonly string[]
  readonly claimsDigest: string
  readonly salt: string
  readonly registryHash: string
  readonly through: Readonly<Record<string, number>>
}

/** A moment that tokens of the suite are minted at; their ledger partition must exist. */
export const MINT_CONTRACT_NOW_MS = 1_795_514_400_000

/** A position that a JavaScript number cannot hold. */
export const LARGE: bigint = 9_007_199_254_740_993n
export const ISSUER = 'https://tokens.example'

export const alice: Subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
export const robot: Subject = { ...alice, sub: 'robot' }
export const bob: Subject = { ...alice, sub: 'bob' }

/** A look that asks for nothing. */
export const ASKS_NOTHING: RecheckQuery = {
  tenant: 'acme',
  partitions: [],
  scopeKeys: [],
  denialKeys: [],
  sources: [],
}

/** A token of alice as it is recorded. */
export function mintedToken(jti: string, more: Partial<MintedToken['token']> = {}): MintedToken {
  return {
    token: {
      tenant: 'acme',
      issuer: ISSUER,
      kid: 'k1',
      jti,
      client: 'web',
      pv: 3,
      parties: [{ subject: alice, label: { e: 1n, s: LARGE, c: 912n } }],
      claims: new Map([
        ['groups', ['a', 'b']],
        ['entitlements', []],
      ]),
      ...more,
    },
    audience: 'payments',
    iatMs: MINT_CONTRACT_NOW_MS,
    expMs: MINT_CONTRACT_NOW_MS + 300_000,
    registryHash: 'ab',
    present: ['groups', 'entitlements'],
    claimsDigest: 'digest',
    salt: `salt of ${jti}`,
    audit: mintAuditEntry('token-issued', jti),
    throughMs: new Map([['hr', MINT_CONTRACT_NOW_MS - 100]]),
  }
}

/** An entry of the audit about a token of the suite. */
export function mintAuditEntry(kind: AuditKind, ref: string): AuditEntry {
  return { kind, atMs: MINT_CONTRACT_NOW_MS, tenant: 'acme', ref, by: 'web', detail: {} }
}

/** The state of a partition of the change topic. */
export function progress(
  partition: number,
  nextOffset: bigint,
): NonNullable<MintSeed['progress']>[number] {
  return {
    partition,
    e: 1n,
    nextOffset,
    activePv: 3,
    activeHash: 'ab',
    minimumPv: 2,
  }
}
