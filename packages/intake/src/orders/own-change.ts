import { createHash } from 'node:crypto'
import {
  changePartitions,
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
} from '@freshet/protocol'
import { acceptChanges, type Acceptance } from '../changes/accept-changes.ts'
import { checkChange } from '../changes/check-change.ts'
import { produceTurn, type IntakeContext } from '../context.ts'

type Order = {
  /**
   * The name of the order. A cut-off concerns the tokens minted so far, so a later cut-off of the same target
   * must count again. Therefore only an order with the same name is the same event. The same rule holds for
   * break-glass grants.
   */
  readonly order: string
}

/**
 * A statement of an operator or of the authority's revocation route. It denies or cuts off tokens at all
 * edges, opens or closes a break-glass grant, or clears a doubt on the operator's responsibility.
 */
export type OwnStatement =
  | Pick<Deny, 'kind' | 'scope' | 'target' | 'expMs'>
  | (Pick<CutOff, 'kind' | 'scope' | 'target'> & Order)
  | (Omit<Open, keyof ChangeOrigin> & Order)
  | Omit<Close, keyof ChangeOrigin>
  | Omit<ClearDoubt, keyof ChangeOrigin>

/** A change that the product makes as its own source. */
export interface OwnChange {
  readonly tenant: string
  readonly statement: OwnStatement
  readonly traceparent?: string
}

/** A change that the broker has acknowledged. */
export type AcknowledgedChange = Extract<Acceptance, { ok: true }>

/**
 * Accepts a statement of the source `freshet`. The id is a function of the statement, so the same statement
 * gets the place of the first one, in this process or in another. The first record stays.
 *
 * Once the call resolves, the broker has acknowledged the record. After a rejection, call it again: the
 * record might have been stored. This call or the sweeper of a gateway then produces it.
 *
 * @throws `event.forbidden` for a tenant that is not registered or a cut-off of another tenant; `broker.*`,
 *   `database.*`
 */
export async function acceptOwnChange(
  context: IntakeContext,
  own: OwnChange,
): Promise<AcknowledgedChange> {
  const { traceparent } = own
  const change = changeOf(own, context.clock.nowMs())
  const envelope = { change, ...(traceparent !== undefined && { traceparent }) }
  const [answer] = await acceptChanges(context, OWN_SOURCE, [envelope])
  invariant(answer !== undefined, 'An own change was not answered.')
  if (answer.ok) return answer
  // Only the time can differ: the id contains everything else.
  if (answer.error.code === 'event.conflict')
    return acknowledgedBefore(context, change, answer.error)
  throw answer.error
}

/**
 * Checks that {@link acceptOwnChange} would accept the change. It writes nothing.
 *
 * @throws `event.forbidden`, under the same conditions
 */
export function checkOwnChange(registry: Registry, own: OwnChange, nowMs: number): void {
  checkChange(registry, OWN_SOURCE, changeOf(own, nowMs), nowMs)
}

/** Returns the id of a statement, which is unique within its tenant. It does not depend on time or place. */
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
  const { order: _, ...content } = statement
  return { ...origin, ...content }
}

async function acknowledgedBefore(
  context: IntakeContext,
  change: Change,
  conflict: Error,
): Promise<AcknowledgedChange> {
  const { tenant, source, id } = change
  const feed = { tenant, source }
  const [partition] = changePartitions(change)
  invariant(partition !== undefined, 'A change stands in no partition.')
  // The record can be stored by a process that ended before it produced it.
  await produceTurn(context, feed, partition)
  const rows = await context.store.find(feed, [id])
  const offset = rows.find((row) => row.partition === partition)?.offset ?? null
  if (offset === null) throw conflict
  return { ok: true, id, positions: [{ partition, offset }] }
}
