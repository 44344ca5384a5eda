import type { RecordRef, Subject } from '@freshet/protocol'
import type { AuditLog } from '@freshet/wire'
import { ownChangeId, type Intake, type OwnChange } from '@freshet/intake'
import {
  DOUBTS_SHOWN_MAX,
  findQuarantined,
  inDoubtOf,
  type QuarantinedRecord,
} from '@freshet/reconciler'
import { readJsonBody } from '@freshet/runtime'
import { text } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { eventAnswer } from '../changes/answer-changes.ts'
import { operatorOf, type QuarantineDeps } from './quarantine.ts'

/** The parts that `POST /v1/quarantine/{id}/clear` works with. */
export interface DoubtDeps extends QuarantineDeps {
  readonly intake: Pick<Intake, 'acceptOwnChange'>
  readonly audit: AuditLog
}

/** The body of `POST /v1/quarantine/{id}/clear`. */
export const clearingForm = z.strictObject({
  claim: z.string().min(1).max(128).optional(),
  reason: text(512),
})

interface Doubt {
  readonly subject: Subject
  readonly claim: string
  readonly record: RecordRef
}

/**
 * Settles the doubts of a quarantined record, or the doubt of one claim, for an operator who answers for the
 * other statements of the source. Each doubt is a change of its own, in the product's name. Idempotent.
 *
 * @throws `request.*`, `broker.*`, `database.*`
 */
export async function postClearing(
  deps: DoubtDeps,
  { request, traceparent }: { readonly request: Request; readonly traceparent: string },
  id: string,
): Promise<Response> {
  const by = await operatorOf(deps, request)
  const bytes = new Uint8Array(await request.arrayBuffer())
  const clearing = readJsonBody(bytes, clearingForm, 'the order to clear a doubt')
  const { store } = deps.replays
  const quarantined = await findQuarantined(store, id)
  const effects = await store.effects(quarantined, DOUBTS_SHOWN_MAX)
  const doubts = openDoubts(quarantined, effects).filter(
    ({ claim }) => claim === (clearing.claim ?? claim),
  )
  const order = { by, reason: clearing.reason }
  const items: object[] = []
  for (const doubt of doubts) {
    const statement = { kind: 'clear-doubt', ...doubt, ...order } as const
    const own = { tenant: doubt.subject.tenant, statement, traceparent }
    items.push(await carryOut(deps, own, { parked: id, claim: doubt.claim, ...order }))
  }
  const { claims, halted } = inDoubtOf(quarantined, effects)
  const left = claims.filter(
    ({ settled, claim }) => !settled && claim !== (clearing.claim ?? claim),
  )
  const result = items.length > 0 ? 'cleared' : 'unchanged'
  const body = { apiVersion: 'freshet.dev/v1', id, result, items, left, halted }
  return Response.json(body, { status: items.length > 0 ? 202 : 200 })
}

function openDoubts(
  { partition }: QuarantinedRecord,
  { doubts }: Parameters<typeof inDoubtOf>[1],
): readonly Doubt[] {
  return doubts
    .filter(({ settled }) => !settled)
    .map(({ subject, claim, e, offset }) => {
      const [tenant, iss, sub] = JSON.parse(subject) as [string, string, string]
      return { subject: { tenant, iss, sub }, claim, record: { e, partition, offset } }
    })
}

/** The order stands in the audit before it takes effect. */
async function carryOut(
  { intake, audit, clock, logger }: DoubtDeps,
  own: OwnChange,
  order: { readonly by: string; readonly [fact: string]: string },
): Promise<object> {
  const { by, ...detail } = order
  const ref = ownChangeId(own.statement)
  const entry = { kind: 'doubt-clear-ordered', atMs: clock.nowMs(), by, detail } as const
  await audit.append([{ ...entry, tenant: own.tenant, ref }])
  const accepted = await intake.acceptOwnChange(own)
  logger.warn({ admin: by, id: accepted.id }, 'doubt cleared')
  const { status: _, ...place } = eventAnswer(accepted)
  return { claim: detail['claim'], ...place }
}
