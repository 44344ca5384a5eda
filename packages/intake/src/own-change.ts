import { createHash } from 'node:crypto'
import {
  invariant,
  OWN_SOURCE,
  type Change,
  type ChangeOrigin,
  type ClearDoubt,
  type Close,
  type CutOff,
  type Deny,
  type Open,
  subjectKey,
  type Registry,
} from '@freshet/domain'
import { changePartitions } from '@freshet/events'
import { acceptChanges, type Acceptance } from './accept-changes.ts'
import { checkChange } from './check-change.ts'
import { produceTurn, type IntakeContext } from './context.ts'

type Order = {
  /**
   * Names the order. A cut-off is about what was minted until now, so a later one of the same
   * target must count again: only the same order is the same event. So it is with an opening.
   */
  readonly order: string
}

/** What an operator, or the authority's own revocation route, takes away for all; or lets in for a while, or answers for. */
export type OwnStatement =
  | Pick<Deny, 'kind' | 'scope' | 'target' | 'expMs'>
  | (Pick<CutOff, 'kind' | 'scope' | 'target'> & Order)
  | (Omit<Open, keyof ChangeOrigin> & Order)
  | Omit<Close, keyof ChangeOrigin>
  | Omit<ClearDoubt, keyof ChangeOrigin>

/** A change that the product makes in its own name. */
export interface OwnChange {
  readonly tenant: string
  readonly statement: OwnStatement
  readonly traceparent?: string
}

/** A change that the broker has acknowledged. */
export type Accepted = Extract<Acceptance, { ok: true }>

/**
 * Says something as source `freshet`. The id is a function of what is said, so whoever says it
 * again, in this process or another, gets the place of the first time; the first time stays.
 *
 * When it resolves, the broker has acknowledged the record. After a rejection say it again: the
 * record may have been stored, and is then produced by this call or by a gateway's sweeper.
 *
 * @throws `event.forbidden` for a tenant that is not registered or a cut-off of another tenant;
 *   `broker.*`, `database.*`
 */
export async function acceptOwnChange(context: IntakeContext, own: OwnChange): Promise<Accepted> {
  const { traceparent } = own
  const change = changeOf(own, context.clock.nowMs())
  const envelope = { change, ...(traceparent !== undefined && { traceparent }) }
  const [answer] = await acceptChanges(context, OWN_SOURCE, [envelope])
  invariant(answer !== undefined, 'An own change was not answered.')
  if (answer.ok) return answer
  // Only the time can differ: the id holds everything else.
  if (answer.error.code === 'event.conflict') return saidBefore(context, change, answer.error)
  throw answer.error
}

/**
 * Whether {@link acceptOwnChange} would take it, without saying it.
 *
 * @throws `event.forbidden` as it does
 */
export function checkOwnChange(registry: Registry, own: OwnChange, nowMs: number): void {
  checkChange(registry, OWN_SOURCE, changeOf(own, nowMs), nowMs)
}

/** The id that a statement has, whenever and wherever it is made; unique within its tenant. */
export function ownChangeId(statement: OwnStatement): string {
  switch (statement.kind) {
    case 'open': {
      const { audience, route, claim, order } = statement
      return `open-${digestOf([audience, route, claim, order])}`
    }
    case 'close':
      return `close-${digestOf([statement.opening])}`
    case 'clear-doubt': {
      const { subject, claim, record } = statement
      const place = [record.e, record.partition, record.offset].map(String)
      return `clear-doubt-${digestOf([subjectKey(subject), claim, ...place])}`
    }
    case 'cut-off': {
      const { kind, scope, target, order } = statement
      return `${kind}-${scope}-${digestOf([target, order])}`
    }
    case 'deny': {
      const { kind, scope, target, expMs } = statement
      return `${kind}-${scope}-${digestOf([target, expMs === undefined ? '' : String(expMs)])}`
    }
  }
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

function changeOf({ tenant, statement }: OwnChange, nowMs: number): Change {
  const origin = {
    tenant,
    source: OWN_SOURCE,
    id: ownChangeId(statement),
    occurredAtMs: nowMs,
    sourceVersion: { epoch: 0n, n: BigInt(nowMs) },
  }
  if (!('order' in statement)) return { ...origin, ...statement }
  const { order: _, ...said } = statement
  return { ...origin, ...said }
}

async function saidBefore(
  context: IntakeContext,
  change: Change,
  conflict: Error,
): Promise<Accepted> {
  const { tenant, source, id } = change
  const feed = { tenant, source }
  const [partition] = changePartitions(change)
  invariant(partition !== undefined, 'A change stands in no partition.')
  // It may have been stored by a process that died before it produced it.
  await produceTurn(context, feed, partition)
  const rows = await context.store.find(feed, [id])
  const offset = rows.find((row) => row.partition === partition)?.offset ?? null
  if (offset === null) throw conflict
  return { ok: true, id, positions: [{ partition, offset }] }
}
