import {
  subjectKey,
  UNTOUCHED_ACCOUNT,
  wholeTenant,
  type MintSnapshot,
  type PartySnapshot,
  type SourceVersion,
  type Subject,
  type SubjectSaid,
} from '@freshet/domain'
import type { MemoryDatabase } from './memory-database.ts'

/** What the sources have said of some claims of a subject, and of its account. */
export function saidOf(
  database: MemoryDatabase,
  subject: Subject,
  claims: readonly string[],
): SubjectSaid {
  const key = subjectKey(subject)
  const doubtful = [key, subjectKey(wholeTenant(subject.tenant))]
  const doubts = database.doubts
    .values()
    .filter((row) => doubtful.includes(subjectKey(row.subject)) && row.raised && !row.settled)
  return {
    parties: [{ account: accountOf(database, subject) ?? UNTOUCHED_ACCOUNT }],
    claims: new Map(
      claimRows(database, key)
        .filter(({ claim }) => claims.includes(claim))
        .map(({ claim, source, state }) => [claim, { source, state }]),
    ),
    doubts: new Set(doubts.map((row) => row.claim).filter((claim) => claims.includes(claim))),
    withdrawn: withdrawnOf(database, subject, claims),
  }
}

/** `undefined` where the account source never spoke of it. */
export function accountOf(
  database: MemoryDatabase,
  subject: Subject,
): PartySnapshot['account'] | undefined {
  const key = subjectKey(subject)
  return database.accounts.values().find((row) => subjectKey(row.subject) === key)?.state
}

export function claimRows(
  database: MemoryDatabase,
  key: string,
): ReturnType<typeof database.claimStates.values> {
  return database.claimStates.values().filter((row) => subjectKey(row.subject) === key)
}

/** Only of values that the subject has. */
function withdrawnOf(
  database: MemoryDatabase,
  subject: Subject,
  claims: readonly string[],
): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const { claim, state } of claimRows(database, subjectKey(subject))) {
    const rows = database.withdrawnValues
      .values()
      .filter((row) => row.tenant === subject.tenant && row.claim === claim)
      .filter((row) => claims.includes(claim) && state.elements.has(row.value))
    if (rows.length > 0) all.set(claim, new Map(rows.map((row) => [row.value, row.version])))
  }
  return all
}
