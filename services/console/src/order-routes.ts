import { FreshetError } from '@freshet/domain'
import { requireRole } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { adminOf, askingSession } from './admission/admission.ts'

/** An order that the gateway is asked to carry out. */
export interface Order {
  /** With its query. */
  readonly path: string
  readonly body: Uint8Array<ArrayBuffer>
  /** The admin's own: the gateway judges, carries out and audits under that name. */
  readonly token: string
}

/** Hands an order on. @throws `gateway.unavailable` when there was no answer; then it may have been carried out */
export type SendOrder = (order: Order) => Promise<Response>

/** Adds the orders about parked records. The console carries none out itself. */
export function addOrderRoutes(app: Hono, send: SendOrder | undefined): void {
  for (const verb of ['replay', 'drop']) {
    app.post(`/v1/quarantine/:id/${verb}`, (c) => handOn(c, send))
  }
}

async function handOn(c: Context, send: SendOrder | undefined): Promise<Response> {
  requireRole(adminOf(c), 'operator')
  if (send === undefined) {
    const message = 'This console knows no gateway that would carry the order out.'
    throw new FreshetError('request.not-found', message)
  }
  const token = tokenOf(c)
  const { pathname, search } = new URL(c.req.url)
  const body = new Uint8Array(await c.req.arrayBuffer())
  const answer = await send({ path: `${pathname}${search}`, body, token })
  const type = answer.headers.get('content-type') ?? 'application/json'
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } })
}

/** The gateway knows admins by their tokens alone. */
function tokenOf(c: Context): string {
  const [, bearer] = /^Bearer +([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  const token = askingSession(c)?.token ?? bearer
  if (token !== undefined) return token
  const message =
    'Who is logged in by the identity provider orders nothing: that takes an admin’s token.'
  throw new FreshetError('request.forbidden', message)
}
