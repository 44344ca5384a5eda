import {
  ACCOUNT_CLAIM,
  accountAsClaim,
  CONTROL_PARTITION,
  isOlder,
  NO_STATEMENTS,
  subjectKey,
  takingOf,
  UNTOUCHED_ACCOUNT,
  wholeIssuer,
  wholeTenant,
  type MintSnapshot,
  type PartiesState,
  type PartySnapshot,
  type SourceVersion,
  type Subject,
  type SubjectSnapshot,
} from '@freshet/protocol'
import type { MemoryDatabase } from '../memory-database.ts'
import type { ClaimStateRow } from '../memory-rows.ts'

/** Returns the state of some claims of a subject from their sources, and of its account. */
export function readSubjectState(
  database: MemoryDatabase,
  subject: Subject,
  claims: readonly string[],
): SubjectSnapshot {
  const wholes = [wholeTenant(subject.tenant), wholeIssuer(subject)]
  const doubtful = [subject, ...wholes].map(subjectKey)
  const doubts = database.doubts
    .values()
    .filter((row) => doubtful.includes(subjectKey(row.subject)) && row.raised && !row.settled)
  return {
    parties: [{ account: accountOf(database, subject) ?? UNTOUCHED_ACCOUNT }],
    claims: new Map(
      claimRows(database, subject)
        .filter(({ claim }) => claims.includes(claim))
        .map(({ claim, source, state }) => [claim, { source, state }]),
    ),
    doubts: new Set(
      [...doubts, ...notWalked(database, subject)]
        .map((row) => row.claim)
        .filter((claim) => claims.includes(claim) || claim === ACCOUNT_CLAIM),
    ),
    withdrawn: withdrawnOf(database, subject, claims),
  }
}

/** Returns claims that a finished snapshot does not contain and that the walk has not removed yet. */
function notWalked(database: MemoryDatabase, subject: Subject): readonly ClaimStateRow[] {
  const claims = claimRows(database, subject).filter((row) => {
    const key = JSON.stringify([subject.tenant, row.source, row.partition])
    const taking = takingOf(database.feeds.get(key)?.statements ?? NO_STATEMENTS)
    return taking !== null && isOlder(row, row.source, taking)
  })
  const account = database.accounts.get(subjectKey(subject))
  const partition = CONTROL_PARTITION
  const omitting = database.feeds.values().filter((feed) => {
    const taking = takingOf(feed.statements ?? NO_STATEMENTS)
    if (feed.tenant !== subject.tenant || feed.partition !== partition || !account) return false
    return taking !== null && isOlder(accountAsClaim(account), feed.source, taking)
  })
  const accounts = account && omitting.length > 0 ? [{ ...accountAsClaim(account), partition }] : []
  return [...claims, ...accounts]
}

/** Returns the same for all parties of a token, the subject first. */
export function readPartiesState(
  database: MemoryDatabase,
  [subject, ...actors]: readonly [Subject, ...Subject[]],
  claims: readonly string[],
): PartiesState {
  const first = readSubjectState(database, subject, claims)
  const others = actors.map((actor) => {
    const { parties, ...rest } = readSubjectState(database, actor, claims)
    return { ...parties[0], ...rest }
  })
  return { ...first, parties: [first.parties[0], ...others] }
}

/** Returns the account, or `undefined` if the account source never sent an event about it. */
export function accountOf(
  database: MemoryDatabase,
  subject: Subject,
): PartySnapshot['account'] | undefined {
  return database.accounts.get(subjectKey(subject))?.state
}

/** Returns the whole state of a subject, by claim. */
export function claimRows(database: MemoryDatabase, subject: Subject): readonly ClaimStateRow[] {
  return database.claimStates.values().filter((row) => isSame(row.subject, subject))
}

function isSame(one: Subject, other: Subject): boolean {
  return one.sub === other.sub && one.iss === other.iss && one.tenant === other.tenant
}

/** Returns the withdrawn values that the subject has. */
function withdrawnOf(
  database: MemoryDatabase,
  subject: Subject,
  claims: readonly string[],
): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const { claim, state } of claimRows(database, subject)) {
    const rows = database.withdrawnValues
      .values()
      .filter((row) => row.tenant === subject.tenant && row.claim === claim)
      .filter((row) => claims.includes(claim) && state.elements.has(row.value))
    if (rows.length > 0) all.set(claim, new Map(rows.map((row) => [row.value, row.version])))
  }
  return all
}
