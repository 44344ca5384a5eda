import type {
  AccountOp,
  Change,
  ClaimValue,
  SourceConnection,
  SourceVersion,
} from '@freshet/protocol'
import { mapRow } from './map-row.ts'
import type { Row } from './connector.ts'

/** The state of one claim, or of the account, that a subject has upstream. */
export interface UpstreamState {
  readonly sub: string
  /** Absent: the state of the account, as its one value. */
  readonly claim?: string
  readonly values: readonly ClaimValue[]
}

/** The states of a row. A claim whose value the mapping refuses has no values, so it grants nothing. */
export function statesOfRow(
  connection: SourceConnection,
  row: Row,
):
  | { readonly sub: string; readonly states: readonly UpstreamState[]; readonly refused: number }
  | undefined {
  const mapped = mapRow(connection, row)
  if (mapped === undefined) return undefined
  const { sub, claims, refused, account } = mapped
  const states = [...connection.claims.keys()].map((claim) => ({
    sub,
    claim,
    values: claims.get(claim) ?? [],
  }))
  const accounts = account === undefined ? [] : [{ sub, values: [account] }]
  return { sub, states: [...accounts, ...states], refused: refused.size }
}

/** The states of a subject that is gone upstream. */
export function statesOfGone(connection: SourceConnection, sub: string): readonly UpstreamState[] {
  const states = [...connection.claims.keys()].map((claim) => ({ sub, claim, values: [] }))
  return connection.account ? [{ sub, values: ['deleted'] }, ...states] : states
}

/** The members that all changes of one read have in common. */
export interface ReadOrigin {
  readonly source: string
  readonly connection: SourceConnection
  /** The version: the epoch, and the begin of the read. */
  readonly version: SourceVersion
  /** The commit in the upstream system, where it is known; else the begin of the read. */
  readonly occurredAtMs: number
  /** `compare`: no event announced it. */
  readonly found?: 'hint' | 'compare'
  /** Makes ids that no other change of the epoch has. */
  readonly nextId: () => string
}

/** The change that states a state. */
export function changeOf(origin: ReadOrigin, { sub, claim, values }: UpstreamState): Change {
  const { source, connection, version, occurredAtMs, found, nextId } = origin
  const { tenant, subject } = connection
  const common = {
    tenant,
    source,
    id: nextId(),
    occurredAtMs,
    sourceVersion: version,
    subject: { tenant, iss: subject.iss, sub },
  }
  if (claim !== undefined)
    return {
      ...common,
      kind: 'claim',
      op: 'set',
      claim,
      values,
      ...(found === 'compare' && { found }),
    }
  return { ...common, kind: 'account', op: accountOp(values) }
}

function accountOp([state]: readonly ClaimValue[]): AccountOp {
  if (state === 'enabled' || state === 'deleted') return state
  return 'disabled'
}
