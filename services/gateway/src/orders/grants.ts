import type { Clock, Registry } from '@freshet/protocol'
import { durationMs, durationText } from '@freshet/registry'
import { formatRfc3339, type AuditLog } from '@freshet/wire'
import { checkOwnChange, ownChangeId, type Intake, type OwnChange } from '@freshet/intake'
import { readJsonBody, requireRole, type Logger } from '@freshet/runtime'
import { text } from '@freshet/wire/wire-types'
import * as z from 'zod'
import type { AdminOf } from './admins.ts'
import { eventAnswer, singleResponse } from '../changes/answer-changes.ts'
import { isDryRun } from './cut-offs.ts'

/** The parts that `POST /v1/openings` and `…/close` work with. */
export interface GrantDeps {
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

/** The body of `POST /v1/openings`. */
export const grantForm = z.strictObject({
  tenant: text(128),
  audience: text(256),
  route: text(512),
  claim: text(128),
  for: durationText.describe('A duration like 30m'),
  reason: text(512),
  order: text(128).optional().describe('Names the order. The same name again is the same grant'),
})

/** The body of `POST /v1/openings/{id}/close`. */
export const closingForm = z.strictObject({ tenant: text(128), reason: text(512) })

/**
 * Opens a route for one claim, for an admin with a reason: requests with an unverified claim pass there for a
 * limited time (break-glass). With `?dryRun=true` it only checks whether the grant would be accepted.
 *
 * @throws `request.*`, `event.*`, `broker.*`, `database.*`
 */
export async function postGrant(
  deps: GrantDeps,
  request: Request,
  traceparent: string,
): Promise<Response> {
  const by = await requiredAdmin(deps, request)
  const name = 'an opening'
  const asGiven = readJsonBody(await bytesOf(request), grantForm, name)
  const { tenant: of, for: lasts, order = deps.newOrder(), ...rest } = asGiven
  const untilMs = deps.clock.nowMs() + durationMs(lasts)
  const statement = { kind: 'open', ...rest, untilMs, by, order } as const
  const own: OwnChange = { tenant: of, statement, traceparent }
  checkOwnChange(deps.registry, own, deps.clock.nowMs())
  const opens = { ...rest, tenant: of, until: formatRfc3339(untilMs) }
  if (isDryRun(request)) return Response.json({ dryRun: true, opens })
  return carryOut(deps, own, { by, op: 'open', ...opens })
}

/**
 * Ends a grant before its time.
 *
 * @throws `request.*`, `event.*`, `broker.*`, `database.*`
 */
export async function postClosing(
  deps: GrantDeps,
  { request, traceparent }: { readonly request: Request; readonly traceparent: string },
  id: string,
): Promise<Response> {
  const by = await requiredAdmin(deps, request)
  const closing = readJsonBody(await bytesOf(request), closingForm, 'the order to close')
  const statement = { kind: 'close', opening: id, by, reason: closing.reason } as const
  const own: OwnChange = { tenant: closing.tenant, statement, traceparent }
  checkOwnChange(deps.registry, own, deps.clock.nowMs())
  return carryOut(deps, own, { by, op: 'close', opening: id, ...closing })
}

interface Ordered {
  readonly by: string
  readonly tenant: string
  readonly op: 'open' | 'close'
  readonly [fact: string]: string
}

/** The order stands in the audit before it takes effect: one that failed may, one that did must. */
async function carryOut(
  { intake, audit, clock, logger }: GrantDeps,
  own: OwnChange,
  { by, tenant: of, ...detail }: Ordered,
): Promise<Response> {
  const entry = { kind: 'opening-ordered', atMs: clock.nowMs(), by, detail } as const
  await audit.append([{ ...entry, tenant: of, ref: ownChangeId(own.statement) }])
  const accepted = await intake.acceptOwnChange(own)
  logger.warn({ admin: by, op: detail.op, id: accepted.id }, 'break-glass')
  return singleResponse(eventAnswer(accepted))
}

async function requiredAdmin({ adminOf }: GrantDeps, request: Request): Promise<string> {
  return requireRole(await adminOf(request), 'admin').name
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer())
}
