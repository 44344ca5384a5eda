import { answerForms } from '@freshet/insight/answers'
import type { Clock } from '@freshet/protocol'
import {
  dropRecord,
  inDoubtOf,
  replayRecord,
  type ReplayBudget,
  type ReplayParts,
  type ReplayResult,
} from '@freshet/reconciler'
import { readJsonBody, requireRole, type Logger } from '@freshet/runtime'
import type { AdminOf } from './admins.ts'
import { isDryRun } from './cut-offs.ts'

/** The parts that `POST /v1/quarantine/{id}/replay` and `…/drop` work with. */
export interface QuarantineDeps {
  readonly replays: ReplayParts
  readonly replayBudget: ReplayBudget
  readonly adminOf: AdminOf
  readonly clock: Clock
  readonly logger: Logger
}

const API_VERSION = 'freshet.dev/v1'
const SENT = 202

const { ReplayOrder, DropOrder } = answerForms

/**
 * Replays a quarantined record for an operator, if it would be accepted now. With `?dryRun=true` it answers
 * the outcome that the record would have, and writes nothing.
 *
 * @throws `request.*`, `limit.reached`, `registry.not-loaded`, `broker.*`, `database.*`
 */
export async function postReplay(
  deps: QuarantineDeps,
  request: Request,
  id: string,
): Promise<Response> {
  const by = await operatorOf(deps, request)
  const dryRun = isDryRun(request)
  const replay = readJsonBody(await bytesOf(request), ReplayOrder, 'the order of a replay')
  deps.replayBudget()
  const order = { by, reason: replay.reason ?? null, dryRun }
  const result = await replayRecord(deps.replays, id, order)
  if (!dryRun)
    deps.logger.info({ admin: by, id, result: result.kind }, 'quarantined record replayed')
  const body = { apiVersion: API_VERSION, id, ...(dryRun && { dryRun }), ...resultJson(result) }
  return Response.json(body, { status: result.kind === 'sent' ? SENT : 200 })
}

/**
 * Drops a quarantined record for an operator, who gives a reason, and answers the claims that stay in doubt.
 *
 * @throws `request.*`, `database.*`
 */
export async function postDrop(
  deps: QuarantineDeps,
  request: Request,
  id: string,
): Promise<Response> {
  const by = await operatorOf(deps, request)
  const drop = readJsonBody(await bytesOf(request), DropOrder, 'the order to drop a record')
  const parts = { store: deps.replays.store, clock: deps.clock }
  const { isNew, quarantined, effects } = await dropRecord(parts, id, { by, reason: drop.reason })
  if (isNew) deps.logger.info({ admin: by, id }, 'quarantined record dropped')
  const { state, decided } = quarantined
  return Response.json({
    apiVersion: API_VERSION,
    id,
    result: isNew ? 'dropped' : 'unchanged',
    state,
    decided: decided && {
      by: decided.by,
      at: new Date(decided.atMs).toISOString(),
      reason: decided.reason,
    },
    inDoubt: inDoubtOf(quarantined, effects),
  })
}

/** The operator who asks. @throws `request.*` for a lower role */
export async function operatorOf(
  { adminOf }: Pick<QuarantineDeps, 'adminOf'>,
  request: Request,
): Promise<string> {
  return requireRole(await adminOf(request), 'operator').name
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer())
}

function resultJson(result: ReplayResult): object {
  const { kind: word, ...rest } = result
  if (!('rehearsal' in rest)) return { result: word, ...rest }
  const { rehearsal, ...more } = rest
  return { result: word, ...more, ...rehearsal }
}
