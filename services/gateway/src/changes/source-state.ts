import { formatVersion, FreshetError, PARTITIONS } from '@freshet/protocol'
import type { Feed, StatePage, StatePlace } from '@freshet/intake'
import type { OwnerTurns } from '@freshet/runtime'
import * as z from 'zod'
import type { StatePageJson } from './change-answers.ts'
import { bearerSource, type RequestKeys } from './signed-request.ts'

/** The most characters of `after`: a place with names of the greatest length. */
const PLACE_CHARS_MAX = 8_192

/** The parts of the route of states. */
export interface SourceStateDeps {
  readonly keys: RequestKeys
  /** The turns of each source. */
  readonly turns: OwnerTurns
  /** `sourceState` of intake, with its parts. */
  readonly sourceState: (feed: Feed, after: StatePlace | undefined) => Promise<StatePage>
}

/** A source reads what it stated in a tenant. The answer has values of claims, so each other caller is refused. */
export async function getSourceState(
  deps: SourceStateDeps,
  request: Request,
  named: string,
): Promise<Response> {
  const source = await bearerSource(request, deps.keys)
  if (source !== named) {
    const message = `Source ${source} can read its own states alone.`
    throw new FreshetError('request.forbidden', message)
  }
  const query = new URL(request.url).searchParams
  const tenant = query.get('tenant')
  if (tenant === null) throw new FreshetError('request.malformed', 'Name the `tenant`.')
  const after = query.get('after')
  const place = after === null ? undefined : readPlace(after)
  await deps.turns.take(`states of ${source}`)
  const { states, next } = await deps.sourceState({ tenant, source }, place)
  const body: StatePageJson = {
    source,
    tenant,
    states: states.map(({ subject: { iss, sub }, claim, values, version }) => ({
      iss,
      sub,
      ...(claim !== undefined && { claim }),
      values: [...values],
      sourceVersion: formatVersion(version),
    })),
    ...(next !== undefined && { next: writtenPlace(next) }),
  }
  return Response.json(body)
}

const placeShape = z.tuple([z.literal([...PARTITIONS]), z.string(), z.string()])

function writtenPlace({ partition, subject, claim }: StatePlace): string {
  return Buffer.from(JSON.stringify([partition, subject, claim])).toString('base64url')
}

function readPlace(after: string): StatePlace {
  const json = after.length > PLACE_CHARS_MAX ? '' : Buffer.from(after, 'base64url').toString()
  const parsed = placeShape.safeParse(parsedJson(json))
  if (!parsed.success || parsed.data.some((part) => String(part).includes('\0')))
    throw new FreshetError('request.malformed', '`after` is the `next` of the page before.')
  const [partition, subject, claim] = parsed.data
  return { partition, subject, claim }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
