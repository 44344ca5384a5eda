import type { Statements } from '@freshet/protocol'
import type { PipelineRows } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'

/** Returns whether the newest snapshot has not ended and is not open. */
export function isVoided(statements: Statements | undefined): boolean {
  return statements?.open === null && statements.latest !== statements.ended
}

/** Returns the open doubts of whole tenants and identity providers, and the number of omitted accounts. */
export function wholeDoubts({
  doubts,
  accounts,
  changeLog,
}: MemoryDatabase): Pick<PipelineRows, 'doubts' | 'omitted'> {
  const open = doubts
    .values()
    .filter(({ subject, raised, settled }) => subject.sub === '' && raised && !settled)
  const states = new Set(
    open.map(({ subject, claim }) => JSON.stringify([subject.tenant, subject.iss, claim])),
  )
  const omitted = accounts.values().filter(({ state }) => state.state === 'unstated')
  return {
    doubts: [...states].map((key) => {
      const [tenant, iss, claim] = JSON.parse(key) as [string, string, string]
      const rows = open.filter(
        (row) => row.subject.tenant === tenant && row.subject.iss === iss && row.claim === claim,
      )
      const [first] = changeLog
        .values()
        .filter((log) =>
          rows.some(
            ({ e, partition, offset }) =>
              log.e === e && log.partition === partition && log.offset === offset,
          ),
        )
        .toSorted((a, b) => a.appendedAtMs - b.appendedAtMs)
      const [change, sinceMs] = [first?.id ?? null, first?.appendedAtMs ?? null]
      return { tenant, issuer: iss === '' ? null : iss, claim, change, sinceMs }
    }),
    omitted: [...new Set(omitted.map(({ subject }) => subject.tenant))].map((tenant) => {
      const its = omitted.filter(({ subject }) => subject.tenant === tenant)
      return { tenant, accounts: its.length }
    }),
  }
}
