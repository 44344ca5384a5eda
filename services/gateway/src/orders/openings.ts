import type { Clock, Registry } from '@freshet/protocol'
import { durationMs, durationText } from '@freshet/registry'
import { formatRfc3339, type AuditLog } from '@freshet/wire'
import { checkOwnChange, ownChangeId, type Intake, type OwnChange } from '@freshet/intake'
import { readJsonBody, requireRole, type Logger } from '@freshet/runtime'
import * as z from 'zod'
import type { AdminOf } from './admins.ts'
import { eventAnswer, singleResponse } from '../changes/answer-changes.ts'
import { isDryRun } from './cut-offs.ts'

/** The parts that `POST /v1/openings` and `…/close` work with. */
export interface OpeningDoor {
  readonly intake: Intake
  /** That of the active version; read anew for each request. */
  readonly registry: Registry
  readonly audit: AuditLog
  readonly adminOf: AdminOf
  readonly clock: Clock
  readonly logger: Logger
  /** Names an order that brings no name of its own. */
  readonly newOrder: () => string
}

const word = (length: number): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(length)
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'must hold no control character')
const tenant = word(128)
const reason = word(512)

interface OpenRequest {
  readonly tenant: string
  readonly audience: string
  readonly route: string
  readonly claim: string
  /** The duration. */
  readonly for: string
  readonly reason: string
  /** Names the order: sending it again is the same opening. */
  readonly order?: string | undefined
}

const openSchema: z.ZodType<OpenRequest> = z.strictObject({
  tenant,
  audience: word(256),
  route: word(512),
  claim: word(128),
  for: durationText,
  reason,
  order: word(128).optional(),
})
const closeSchema: z.ZodType<{ readonly tenant: string; readonly reason: string }> = z.strictObject(
  { tenant, reason },
)

/**
 * Opens a route for one claim, for an admin with a reason: requests with an unverified claim pass there for a
 * limited time (break-glass). With `?dryRun=true` it only checks whether the grant would be accepted.
 *
 * @throws `request.*`, `event.*`, `broker.*`, `database.*`
 */
export async function postOpening(
  door: OpeningDoor,
  request: Request,
  traceparent: string,
): Promise<Response> {
  const by = await requiredAdmin(door, request)
  const name = 'an opening'
  const asked = readJsonBody(await bytesOf(request), openSchema, name)
  const { tenant: of, for: lasts, order = door.newOrder(), ...rest } = asked
  const untilMs = door.clock.nowMs() + durationMs(lasts)
  const statement = { kind: 'open', ...rest, untilMs, by, order } as const
  const own: OwnChange = { tenant: of, statement, traceparent }
  checkOwnChange(door.registry, own, door.clock.nowMs())
  const opens = { ...rest, tenant: of, until: formatRfc3339(untilMs) }
  if (isDryRun(request)) return Response.json({ dryRun: true, opens })
  return carryOut(door, own, { by, op: 'open', ...opens })
}

/**
 * Ends an opening before its time.
 *
 * @throws `request.*`, `event.*`, `broker.*`, `database.*`
 */
export async function postClosing(
  door: OpeningDoor,
  { request, traceparent }: { readonly request: Request; readonly traceparent: string },
  id: string,
): Promise<Response> {
  const by = await requiredAdmin(door, request)
  const asked = readJsonBody(await bytesOf(request), closeSchema, 'the order to close')
  const statement = { kind: 'close', opening: id, by, reason: asked.reason } as const
  const own: OwnChange = { tenant: asked.tenant, statement, traceparent }
  checkOwnChange(door.registry, own, door.clock.nowMs())
  return carryOut(door, own, { by, op: 'close', opening: id, ...asked })
}

interface Ordered {
  readonly by: string
  readonly tenant: string
  readonly op: 'open' | 'close'
  readonly [fact: string]: string
}

/** The order stands in the audit before it takes effect: one that failed may, one that did must. */
async function carryOut(
  { intake, audit, clock, logger }: OpeningDoor,
  own: OwnChange,
  { by, tenant: of, ...detail }: Ordered,
): Promise<Response> {
  const entry = { kind: 'opening-ordered', atMs: clock.nowMs(), by, detail } as const
  await audit.append([{ ...entry, tenant: of, ref: ownChangeId(own.statement) }])
  const accepted = await intake.acceptOwnChange(own)
  logger.warn({ admin: by, op: detail.op, id: accepted.id }, 'break-glass')
  return singleResponse(eventAnswer(accepted))
}

async function requiredAdmin({ adminOf }: OpeningDoor, request: Request): Promise<string> {
  return requireRole(await adminOf(request), 'admin').name
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer())
}
