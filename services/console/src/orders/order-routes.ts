import { FreshetError } from '@freshet/protocol'
import { requireRole, type AdminRole } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { adminOf, askingSession } from '../admission/admission.ts'
import type { ProvenBy } from '../admission/sessions.ts'

/** An order that the gateway is asked to carry out. */
export interface Order {
  /** The path with its query. */
  readonly path: string
  readonly body: Uint8Array<ArrayBuffer>
  /** The proof of the person who orders. The gateway judges, executes and audits under that name. */
  readonly by: ProvenBy
  /** The role that the order needs, which the person has. */
  readonly role: AdminRole
}

/**
 * Hands an order on.
 *
 * @throws `gateway.unavailable` when there was no answer; then it may have been carried out.
 *   `request.forbidden` where this console cannot vouch for who orders
 */
export type SendOrder = (order: Order) => Promise<Response>

/** The role of each order that is passed on. */
const ROLE = 'operator'

/** Adds the orders about parked records. The console carries none out itself. */
export function addOrderRoutes(app: Hono, send: SendOrder | undefined): void {
  for (const verb of ['replay', 'drop']) {
    app.post(`/v1/quarantine/:id/${verb}`, (c) => handOn(c, send))
  }
}

async function handOn(c: Context, send: SendOrder | undefined): Promise<Response> {
  requireRole(adminOf(c), ROLE)
  if (send === undefined) {
    const message = 'This console has no gateway for orders: set FRESHET_GATEWAY_URL.'
    throw new FreshetError('request.not-found', message)
  }
  const { pathname, search } = new URL(c.req.url)
  const body = new Uint8Array(await c.req.arrayBuffer())
  const answer = await send({ path: `${pathname}${search}`, body, by: provenBy(c), role: ROLE })
  const type = answer.headers.get('content-type') ?? 'application/json'
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } })
}

/** Admission found one of the two. */
function provenBy(c: Context): ProvenBy {
  const [, token = ''] = /^Bearer +([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  return askingSession(c)?.by ?? { token }
}
