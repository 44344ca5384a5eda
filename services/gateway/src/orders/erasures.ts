import type { Clock } from '@freshet/protocol'
import { eraseSubject, type ErasureStore } from '@freshet/intake'
import { readJsonBody, type Logger } from '@freshet/runtime'
import * as z from 'zod'
import type { AdminOf } from './admins.ts'
import { operatorOf } from './quarantine.ts'

/** The parts that `POST /v1/erasures` works with. */
export interface ErasureDoor {
  readonly erasures: ErasureStore
  readonly newOrder: () => string
  readonly adminOf: AdminOf
  readonly clock: Clock
  readonly logger: Logger
}

const word = (length: number): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(length)
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'must hold no control character')

interface ErasureBody {
  tenant: string
  subject: { format: 'iss_sub'; iss: string; sub: string }
  reason: string
}

const schema: z.ZodType<ErasureBody> = z.strictObject({
  tenant: word(128),
  subject: z.strictObject({ format: z.literal('iss_sub'), iss: word(512), sub: word(512) }),
  reason: word(512),
})

/**
 * Erases a subject for an operator, who gives a reason. Its name is in no answer and in no log.
 *
 * @throws `request.*`, `erasure.early`, `database.*`
 */
export async function postErasure(door: ErasureDoor, request: Request): Promise<Response> {
  const by = await operatorOf(door, request)
  const bytes = new Uint8Array(await request.arrayBuffer())
  const { tenant, subject, reason } = readJsonBody(bytes, schema, 'the order of an erasure')
  const parts = { store: door.erasures, clock: door.clock, newId: door.newOrder }
  const order = { subject: { tenant, iss: subject.iss, sub: subject.sub }, by, reason }
  const { id, rows } = await eraseSubject(parts, order)
  door.logger.info({ admin: by, id }, 'a subject was erased')
  return Response.json({ apiVersion: 'freshet.dev/v1', id, rows })
}
