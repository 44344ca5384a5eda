import type { Clock } from '@freshet/protocol'
import { eraseSubject, type ErasureStore } from '@freshet/intake'
import { readJsonBody, type Logger } from '@freshet/runtime'
import { text } from '@freshet/wire/wire-types'
import * as z from 'zod'
import type { AdminOf } from './admins.ts'
import { operatorOf } from './quarantine.ts'

/** The parts that `POST /v1/erasures` works with. */
export interface ErasureDeps {
  readonly erasures: ErasureStore
  readonly newOrder: () => string
  readonly adminOf: AdminOf
  readonly clock: Clock
  readonly logger: Logger
}

/** The body of `POST /v1/erasures`. */
export const erasureForm = z.strictObject({
  tenant: text(128),
  subject: z.strictObject({ format: z.literal('iss_sub'), iss: text(512), sub: text(512) }),
  reason: text(512),
})

/**
 * Erases a subject for an operator, who gives a reason. Its name is in no answer and in no log.
 *
 * @throws `request.*`, `erasure.early`, `database.*`
 */
export async function postErasure(deps: ErasureDeps, request: Request): Promise<Response> {
  const by = await operatorOf(deps, request)
  const bytes = new Uint8Array(await request.arrayBuffer())
  const { tenant, subject, reason } = readJsonBody(bytes, erasureForm, 'the order of an erasure')
  const parts = { store: deps.erasures, clock: deps.clock, newId: deps.newOrder }
  const order = { subject: { tenant, iss: subject.iss, sub: subject.sub }, by, reason }
  const { id, rows } = await eraseSubject(parts, order)
  deps.logger.info({ admin: by, id }, 'a subject was erased')
  return Response.json({ apiVersion: 'freshet.dev/v1', id, rows })
}
