import type {
  Cause,
  Ledger,
  LedgerToken,
  LookAnswer,
  LookQuery,
  MintedToken,
  MintQuery,
  MintStore,
  PartitionKnowledge,
} from '@freshet/authority'
import {
  CONTROL_PARTITION,
  denialKey,
  FreshetError,
  partitionOf,
  subjectKey,
  valueScopeKeys,
  wholeTenant,
  UNTOUCHED_ACCOUNT,
  type ClaimValue,
  type MintSnapshot,
  type PartitionSnapshot,
  type PartySnapshot,
  type SourceVersion,
  type Subject,
} from '@freshet/domain'
import { appendAudit } from './memory-audit.ts'
import { MemoryFaultError, type MemoryDatabase } from './memory-database.ts'
import type { TokenRow } from './memory-rows.ts'

/** The ledger of minted tokens in process. Transactions take turns, so each reads one snapshot. */
export function memoryMintStore(database: MemoryDatabase): MintStore & Ledger {
  return {
    snapshot: (query) => inTurn(database, () => snapshotOf(database, query)),
    async recordAndLook(minted, query) {
      await inTurn(database, () => record(database, minted))
      return inTurn(database, () => lookAt(database, query))
    },
    look: (query) => inTurn(database, () => lookAt(database, query)),
    withhold({ jti, audit }, mark) {
      return inTurn(database, () => {
        appendAudit(database, [audit])
        const token = database.tokens.get(jti)
        const issuance = database.issuances.get(jti)
        if (token?.stale === null) database.tokens.set(jti, { ...token, stale: mark })
        if (issuance !== undefined) database.issuances.set(jti, { ...issuance, withheld: true })
      })
    },
    find: (jti, issuer) => inTurn(database, () => ledgerToken(database.tokens.get(jti), issuer)),
  }
}

/** Runs work that sees and changes the whole database at one moment. @throws `database.*` */
export function inTurn<T>(database: MemoryDatabase, work: () => T): Promise<T> {
  return database.transaction(() => Promise.resolve(work())).catch(translated)
}

function translated(cause: unknown): never {
  if (!(cause instanceof MemoryFaultError)) throw cause
  throw new FreshetError('database.unavailable', 'No answer from memory.', { cause })
}

function snapshotOf(database: MemoryDatabase, query: MintQuery): MintSnapshot {
  const [first, ...actors] = query.parties
  const party = (subject: Subject): PartySnapshot => partyOf(database, query, subject)
  const key = subjectKey(first)
  const doubtful = [key, subjectKey(wholeTenant(query.tenant))]
  const doubts = database.doubts
    .values()
    .filter((row) => doubtful.includes(subjectKey(row.subject)) && row.raised && !row.settled)
  return {
    control: partitionSnapshot(database, query, CONTROL_PARTITION),
    parties: [party(first), ...actors.map(party)],
    claims: new Map(
      claimRows(database, key)
        .filter(({ claim }) => query.claims.includes(claim))
        .map(({ claim, source, state }) => [claim, { source, state }]),
    ),
    doubts: new Set(doubts.map((row) => row.claim).filter((claim) => query.claims.includes(claim))),
    withdrawn: withdrawnOf(database, query, key),
    denied: query.denials
      .filter((denial) => database.denials.get(denialKey(denial)) !== undefined)
      .map(({ kind, id }) => ({ kind, id })),
  }
}

function claimRows(
  database: MemoryDatabase,
  key: string,
): ReturnType<typeof database.claimStates.values> {
  return database.claimStates.values().filter((row) => subjectKey(row.subject) === key)
}

function partyOf(database: MemoryDatabase, query: MintQuery, subject: Subject): PartySnapshot {
  const key = subjectKey(subject)
  const account = database.accounts.values().find((row) => subjectKey(row.subject) === key)
  return {
    partition: partitionSnapshot(database, query, partitionOf(subject)),
    known: account !== undefined || claimRows(database, key).length > 0,
    account: account?.state ?? UNTOUCHED_ACCOUNT,
  }
}

function partitionSnapshot(
  database: MemoryDatabase,
  query: MintQuery,
  partition: number,
): PartitionSnapshot {
  const progress = database.progress.values().find((row) => row.partition === partition)
  return {
    e: progress?.e ?? 0n,
    nextOffset: progress?.nextOffset ?? 0n,
    activePv: progress?.activePv ?? 0,
    activeHash: progress?.activeHash ?? null,
    throughMs: throughOf(database, query, partition),
  }
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

/** Only of values that the subject has. */
function withdrawnOf(
  database: MemoryDatabase,
  query: MintQuery,
  key: string,
): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const { claim, state } of claimRows(database, key)) {
    const rows = database.withdrawnValues
      .values()
      .filter((row) => row.tenant === query.tenant && row.claim === claim)
      .filter((row) => query.claims.includes(claim) && state.elements.has(row.value))
    if (rows.length > 0) all.set(claim, new Map(rows.map((row) => [row.value, row.version])))
  }
  return all
}

function record(database: MemoryDatabase, minted: MintedToken): void {
  const { token, audience, iatMs, expMs } = minted
  const { jti, tenant, client, kid, pv } = token
  const [{ subject, label }, ...actors] = token.parties
  if (database.issuances.get(jti) !== undefined) {
    throw new FreshetError('invariant.broken', 'A token id was used before.')
  }
  const common = { jti, tenant, client, audience, kid, pv, label, iatMs, expMs }
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
  appendAudit(database, [minted.audit])
}

/** What is known at this moment of what the query names. */
export function lookAt(database: MemoryDatabase, query: LookQuery): LookAnswer {
  const partition = (number: number): readonly [number, PartitionKnowledge][] => {
    const row = database.progress.values().find((progress) => progress.partition === number)
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
      query.denialKeys.flatMap((key): readonly [string, Cause][] => {
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
    ...(row.sid !== null && { sid: row.sid }),
    parties: [{ subject: subjectOf(row.subject), label }, ...actors] as const,
  }
  return { token, audience, iatMs, expMs, mark: row.stale ?? undefined }
}

function subjectOf(key: string): Subject {
  const [tenant, iss, sub] = JSON.parse(key) as [string, string, string]
  return { tenant, iss, sub }
}
