import {
  denialKey,
  laterPosition,
  NO_STATEMENTS,
  partitionOf,
  scopeKey,
  SILENT_FEED,
  subjectKey,
  type Scope,
} from '@freshet/protocol'
import { decodeAuditEntry, issuanceDigest } from '@freshet/wire'
import {
  registerMintContract,
  registerValidationContract,
  walkTo,
  type MintSeed,
  type MintStoreUnderTest,
} from '@freshet/testkit'
import { memoryMintStore } from './memory-authority.ts'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryValidationStore } from './memory-validation.ts'

const make = (): Promise<MintStoreUnderTest> => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    store: memoryMintStore(database),
    validation: memoryValidationStore(database),
    seed: (seed) => Promise.resolve(plant(database, seed)),
    issuance: (jti) => {
      const row = database.issuances.get(jti)
      if (row === undefined) return Promise.resolve(undefined)
      const { withheld, claims, claimsDigest, salt, registryHash, through } = row
      return Promise.resolve({ withheld, claims, claimsDigest, salt, registryHash, through })
    },
    audit: { issuances: async (jtis) => new Map(jtis.flatMap((jti) => digestOf(database, jti))) },
    audited: async () => database.auditPending.values().map(({ text }) => decodeAuditEntry(text)),
    failNext: (fault) => database.failNext(fault),
  })
}
registerMintContract('memory', make)
registerValidationContract('memory', make)

function digestOf({ issuances }: MemoryDatabase, jti: string): readonly [string, string][] {
  const row = issuances.get(jti)
  if (row === undefined) return []
  const through = new Map(Object.entries(row.through))
  return [[jti, issuanceDigest({ ...row, ...row.label, through }, row.salt)]]
}

const key = (...parts: readonly unknown[]): string => JSON.stringify(parts.map(String))

function plant(database: MemoryDatabase, seed: MintSeed): void {
  for (const row of seed.progress ?? []) {
    database.progress.set(String(row.partition), { ...row, lastHash: null })
  }
  for (const row of seed.claims ?? []) {
    const partition = partitionOf(row.subject)
    database.claimStates.set(key(subjectKey(row.subject), row.claim), { ...row, partition })
  }
  for (const row of seed.accounts ?? []) database.accounts.set(subjectKey(row.subject), row)
  for (const row of seed.doubts ?? []) {
    const at = key(subjectKey(row.subject), row.claim, row.offset)
    database.doubts.set(at, { ...row, e: 1n, partition: 1 })
  }
  for (const row of seed.withdrawn ?? []) {
    database.withdrawnValues.set(key(row.tenant, row.claim, row.value), { ...row, atMs: 0 })
  }
  for (const { throughMs, walksTo, ...row } of seed.feeds ?? []) {
    const feed = { ...SILENT_FEED, throughMs }
    const ending = walksTo === undefined ? null : walkTo(walksTo)
    const statements = { ...NO_STATEMENTS, ending }
    const at = JSON.stringify([row.tenant, row.source, row.partition])
    database.feeds.set(at, { ...row, feed, statements })
  }
  for (const row of seed.watermarks ?? []) plantWatermark(database, row)
  for (const { denial, change } of seed.denials ?? []) {
    const { tenant, kind, id: target } = denial
    const row = { tenant, kind, target, source: 'security', change, atMs: 0, record: null }
    database.denials.set(denialKey(denial), { ...row, recordedAtMs: 0 })
  }
}

function plantWatermark(
  database: MemoryDatabase,
  { scope, position, source, change, timeMs = 0 }: NonNullable<MintSeed['watermarks']>[number],
): void {
  const at = scopeKey(scope)
  const before = database.watermarks.get(at)
  const known = before && { e: before.e, offset: before.position }
  const { e, offset } = laterPosition(known, position)
  const nothing = { timeMs, raisedAtMs: 0, record: null, partition: 0 }
  const row = { scopeKey: at, tenant: tenantOf(scope), e, position: offset, source, change }
  database.watermarks.set(at, { ...row, ...nothing })
}

function tenantOf(scope: Scope): string {
  return 'subject' in scope ? scope.subject.tenant : scope.tenant
}
