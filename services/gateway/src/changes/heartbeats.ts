import { FreshetError } from '@freshet/protocol'
import { parseEpoch, parseHeartbeat, parseHeartbeats, type HeartbeatsBody } from '@freshet/wire'
import type { Intake } from '@freshet/intake'
import { noteRefusal, type Problem, type OwnerTurns } from '@freshet/runtime'
import type { Context } from 'hono'
import { batchResponse } from './answer-changes.ts'
import type { EpochBegun, HeartbeatTaken } from './change-answers.ts'
import { requestProblem, problemsIn } from '../problems.ts'
import { readJsonBytes } from './read-json.ts'
import { readSignedRequest, type RequestKeys } from './signed-request.ts'

const HEARTBEAT_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/jose'])
const ACCEPTED = 202

/** The parts of the route of heartbeats. */
export interface HeartbeatDeps {
  readonly intake: Intake
  readonly keys: RequestKeys
  /** The turns of bodies of sources. */
  readonly turns: OwnerTurns
}

/** A source begins an epoch in a tenant; the body names the tenant. */
export async function postEpoch(deps: HeartbeatDeps, c: Context, named: string): Promise<Response> {
  const { source, mediaType, bytes } = await readSignedRequest(c, deps.keys, 'questions')
  if (source !== named) {
    const message = `Source ${source} can begin epochs of itself alone.`
    throw new FreshetError('request.forbidden', message)
  }
  requireHeartbeatType(mediaType)
  await deps.turns.take(`epochs of ${source}`)
  const { tenant } = parseEpoch(readJsonBytes(bytes))
  const { epoch, cursor } = await deps.intake.beginEpoch({ tenant, source })
  const body = { source, tenant, epoch: epoch.toString(), ...(cursor !== undefined && { cursor }) }
  return Response.json(body satisfies EpochBegun, { status: CREATED })
}
const CREATED = 201

function requireHeartbeatType(mediaType: string): void {
  if (HEARTBEAT_TYPES.has(mediaType)) return
  const message = 'Send the body as application/json or application/jose.'
  throw new FreshetError('request.media-type', message)
}

/** A source's heartbeat, for one tenant or, answered tenant by tenant, for many. */
export async function postHeartbeat(deps: HeartbeatDeps, c: Context): Promise<Response> {
  const { intake, keys, turns } = deps
  const { source, mediaType, bytes } = await readSignedRequest(c, keys, 'heartbeat requests')
  requireHeartbeatType(mediaType)
  await turns.take(`heartbeats of ${source}`)
  const json = readJsonBytes(bytes)
  const many = parseHeartbeats(json)
  if (many !== undefined) {
    const items = await answerMany(intake, source, many)
    noteRefusal(c, ...problemsIn(items))
    return batchResponse(items, 'heartbeats')
  }
  const heartbeat = parseHeartbeat(json)
  await intake.acceptHeartbeat({ ...heartbeat, source })
  return Response.json(taken(source, heartbeat), { status: ACCEPTED })
}

async function answerMany(
  intake: Intake,
  source: string,
  { throughMs, tenants }: HeartbeatsBody,
): Promise<readonly ({ readonly status: number } | Problem)[]> {
  const answers = await intake.acceptHeartbeats({ source, throughMs, tenants })
  return answers.map((answer, at) => {
    const { tenant } = answer
    if (!answer.ok) return { ...requestProblem(answer.error), tenant }
    return { status: ACCEPTED, ...taken(source, { throughMs, ...tenants[at], tenant }) }
  })
}

interface Taken {
  readonly tenant: string
  readonly throughMs: number
  readonly sequence?: bigint
}

function taken(source: string, { tenant, throughMs, sequence }: Taken): HeartbeatTaken {
  const through = new Date(throughMs).toISOString()
  const numbered = sequence === undefined ? {} : { sequence: sequence.toString() }
  return { tenant, source, through, ...numbered }
}
