import { valueScopeKey } from '@freshet/protocol'
import type { Reach, ReachQuestion, ReachStore } from '@freshet/intake'
import type { Database } from '../../connection/pool.ts'
import { selectReachOf, type ReachRow } from './select-reach.ts'

const NOTHING: Reach = { tokens: 0, subjects: 0, clients: 0, edges: 0 }

/** Counts in the token ledger in Postgres. `issuer` is that of the ledger's tokens. */
export function postgresReachStore(db: Database, issuer: string): ReachStore {
  return {
    reach: async (question, nowMs) => {
      const [scope, ...values] = parametersOf(question)
      if (scope === 'issuer') return NOTHING
      const statement = selectReachOf[scope]
      const { rows } = await db.query<ReachRow & Record<string, unknown>>(statement, [
        nowMs,
        ...values,
      ])
      const [row] = rows
      if (row === undefined) return NOTHING
      const { tokens, subjects, clients, edges } = row
      return {
        tokens: Number(tokens),
        subjects: Number(subjects),
        clients: Number(clients),
        edges: Number(edges),
      }
    },
  }

  /** The ledger holds tokens of our own issuer only: a denial of it concerns all of a tenant's. */
  function parametersOf(
    question: ReachQuestion,
  ): readonly [keyof typeof selectReachOf | 'issuer', ...(string | number)[]] {
    if (question.scope === 'policy') return ['policy', question.minimum]
    const { tenant } = question
    if (question.scope === 'value') {
      return ['value', tenant, valueScopeKey(tenant, question.claim, question.value)]
    }
    if (question.scope === 'issuer' && question.target === issuer) return ['tenant', tenant, tenant]
    return [question.scope, tenant, question.target]
  }
}
