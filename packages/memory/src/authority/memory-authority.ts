import type {
  RaisingChange,
  Ledger,
  LedgerToken,
  RecheckAnswer,
  RecheckQuery,
  MintedToken,
  MintQuery,
  MintStore,
  PartitionKnowledge,
} from '@freshet/authority'
import {
  ACCOUNT_CLAIM,
  CONTROL_PARTITION,
  denialKey,
  FreshetError,
  partitionOf,
  scopeKey,
  subjectKey,
  valueScopeKeys,
  UNTOUCHED_ACCOUNT,
  type ClaimValue,
  type MintSnapshot,
  type PartitionSnapshot,
  type PartySnapshot,
  type Subject,
} from '@freshet/protocol'
import { omittedFrom, omittedNames } from '@freshet/wire'
import { appendMemoryAudit } from '../audit/memory-audit.ts'
import { MemoryFaultError, type MemoryDatabase } from '../memory-database.ts'
import type { TokenRow } from './memory-ledger-rows.ts'
import { accountOf, claimRows, readSubjectState } from './memory-subject-state.ts'

/**
 * Creates the ledger of minted tokens in process. Transactions run one after another, so each reads one
 * snapshot.
 */
export function memoryMintStore(database: MemoryDatabase): MintStore & Ledger {
  return {
    snapshot: (query) => inMemoryTurn(database, () => snapshotOf(database, query)),
    async recordAndRecheck(minted, query) {
      await inMemoryTurn(database, () => record(database, minted))
      return inMemoryTurn(database, () => recheck(database, query))
    },
    recheck: (query) => inMemoryTurn(database, () => recheck(database, query)),
    withhold({ jti, audit }, mark) {
      return inMemoryTurn(database, () => {
        appendMemoryAudit(database, [audit])
        const token = database.tokens.get(jti)
        const issuance = database.issuances.get(jti)
        if (token?.stale === null) database.tokens.set(jti, { ...token, stale: mark })
        if (issuance !== undefined) database.issuances.set(jti, { ...issuance, withheld: true })
      })
    },
    find: (jti, issuer) =>
      inMemoryTurn(database, () => ledgerToken(database.tokens.get(jti), issuer)),
  }
}

/** Runs work that reads and changes the whole database at once. @throws `database.*` */
export function inMemoryTurn<T>(database: MemoryDatabase, work: () => T): Promise<T> {
  return database.transaction(() => Promise.resolve(work())).catch(translated)
}

function translated(cause: unknown): never {
  if (!(cause instanceof MemoryFaultError)) throw cause
  throw new FreshetError('database.unavailable', 'No answer from memory.', { cause })
}

function snapshotOf(database: MemoryDatabase, query: MintQuery): MintSnapshot {
  const [first, ...actors] = query.parties
  const party = (subject: Subject): PartySnapshot => partyOf(database, query, subject)
  return {
    ...readSubjectState(database, first, query.claims),
    control: partitionSnapshot(database, query, CONTROL_PARTITION),
    parties: [
      party(first),
      ...actors.map((actor) => {
        const { claims, doubts, withdrawn } = readSubjectState(database, actor, query.claims)
        return { ...party(actor), claims, doubts, withdrawn }
      }),
    ],
    denied: query.denials
      .filter((denial) => database.denials.get(denialKey(denial)) !== undefined)
      .map(({ kind, id }) => ({ kind, id })),
  }
}

function partyOf(database: MemoryDatabase, query: MintQuery, subject: Subject): PartySnapshot {
  const account = accountOf(database, subject)
  const ended = database.watermarks.get(scopeKey({ kind: 'account', subject }))
  return {
    partition: partitionSnapshot(database, query, partitionOf(subject)),
    known: account !== undefined || claimRows(database, subject).length > 0,
    account: account ?? UNTOUCHED_ACCOUNT,
    ...(ended !== undefined && { accountEndedMs: ended.timeMs }),
  }
}

function partitionSnapshot(
  database: MemoryDatabase,
  query: MintQuery,
  partition: number,
): PartitionSnapshot {
  const progress = database.progress.get(String(partition))
  return {
    e: progress?.e ?? 0n,
    nextOffset: progress?.nextOffset ?? 0n,
    activePv: progress?.activePv ?? 0,
    activeHash: progress?.activeHash ?? null,
    throughMs: throughOf(database, query, partition),
    statedAccounts: statedAccounts(database, query, partition),
  }
}

function statedAccounts(
  database: MemoryDatabase,
  { tenant }: MintQuery,
  partition: number,
): ReadonlySet<string> {
  const feeds = database.feeds
    .values()
    .filter((row) => row.tenant === tenant && row.partition === partition)
    .filter(({ statements }) => statements?.covers.includes(ACCOUNT_CLAIM))
  return new Set(feeds.map(({ source }) => source))
}

function throughOf(
  database: MemoryDatabase,
  { tenant, sources }: { readonly tenant: string; readonly sources: readonly string[] },
  partition: number,
): ReadonlyMap<string, number | null> {
  const feeds = database.feeds
    .values()
    .filter((row) => row.tenant === tenant && row.partition === partition)
    .filter((row) => sources.includes(row.source))
  return new Map(feeds.map(({ source, feed }) => [source, feed.throughMs]))
}

function record(database: MemoryDatabase, minted: MintedToken): void {
  const { token, audience, iatMs, expMs } = minted
  const { jti, tenant, client, kid, pv } = token
  const [{ subject, label }, ...actors] = token.parties
  if (database.issuances.get(jti) !== undefined) {
    throw new FreshetError('invariant.broken', 'A token id was used before.')
  }
  const { over, unverified: omitted } = omittedNames(token.omitted)
  const common = { jti, tenant, client, audience, kid, pv, label, iatMs, expMs, over, omitted }
  database.tokens.set(jti, {
    ...common,
    subject: subjectKey(subject),
    actors: actors.map((actor) => subjectKey(actor.subject)),
    actorPositions: actors.map((actor) => actor.label.s),
    sid: token.sid ?? null,
    claims: [...token.claims.keys()],
    valueScopes: [...valueScopeKeys(token)],
    stale: null,
  })
  database.issuances.set(jti, {
    ...common,
    subject: subjectKey(subject),
    registryHash: minted.registryHash,
    claims: minted.present,
    claimsDigest: minted.claimsDigest,
    salt: minted.salt,
    through: Object.fromEntries(minted.throughMs),
    withheld: false,
  })
  appendMemoryAudit(database, [minted.audit])
}

/** Returns the present state of everything that the query names. */
export function recheck(database: MemoryDatabase, query: RecheckQuery): RecheckAnswer {
  const partition = (number: number): readonly [number, PartitionKnowledge][] => {
    const row = database.progress.get(String(number))
    if (row === undefined) return []
    const { e, activePv, activeHash, minimumPv } = row
    const throughMs = throughOf(database, query, number)
    return [[number, { e, activePv, activeHash, minimumPv, throughMs }]]
  }
  return {
    partitions: new Map(query.partitions.flatMap(partition)),
    watermarks: new Map(
      query.scopeKeys.flatMap((key) => {
        const row = database.watermarks.get(key)
        if (row === undefined) return []
        const { e, position: offset, source, change } = row
        return [[key, { position: { e, offset }, source, change }]]
      }),
    ),
    denials: new Map(
      query.denialKeys.flatMap((key): readonly [string, RaisingChange][] => {
        const row = database.denials.get(key)
        return row === undefined ? [] : [[key, { source: row.source, change: row.change }]]
      }),
    ),
  }
}

function ledgerToken(row: TokenRow | undefined, issuer: string): LedgerToken | undefined {
  if (row === undefined) return undefined
  const { jti, tenant, client, kid, pv, label, audience, iatMs, expMs } = row
  const claims = new Map<string, ClaimValue[]>(row.claims.map((claim) => [claim, []]))
  for (const key of row.valueScopes) {
    const [, , claim, value] = JSON.parse(key) as [string, string, string, ClaimValue]
    claims.get(claim)?.push(value)
  }
  const actors = row.actors.map((actor, index) => ({
    subject: subjectOf(actor),
    label: { ...label, s: row.actorPositions[index] ?? 0n },
  }))
  const token = {
    tenant,
    issuer,
    kid,
    jti,
    client,
    pv,
    claims,
    ...omittedFrom(row.over, row.omitted),
    ...(row.sid !== null && { sid: row.sid }),
    parties: [{ subject: subjectOf(row.subject), label }, ...actors] as const,
  }
  return { token, audience, iatMs, expMs, mark: row.stale ?? undefined }
}

function subjectOf(key: string): Subject {
  const [tenant, iss, sub] = JSON.parse(key) as [string, string, string]
  return { tenant, iss, sub }
}
