import type { Accepted } from '../commands/emit-change.ts'
import { problemOf } from './problem-error.ts'

const ANSWER_WITHIN_MS = 10_000

/** Where the gateway answers, and by what it knows an admin. */
export interface GatewayAccess {
  readonly url: string
  readonly token: string
}

/** What a cut-off would touch. */
export interface Touches {
  readonly tokens: number
  readonly subjects: number
  readonly clients: number
}

/** Asks what a cut-off would touch. @throws `ProblemError` with the gateway's refusal */
export async function askTouches(access: GatewayAccess, body: object): Promise<Touches> {
  const answer = await post(access, '/v1/cut-offs?dryRun=true', body)
  return (answer as { touches: Touches }).touches
}

/** Cuts off. @throws `ProblemError` with the gateway's refusal */
export async function postCutOff(access: GatewayAccess, body: object): Promise<Accepted> {
  return (await post(access, '/v1/cut-offs', body)) as Accepted
}

async function post({ url, token }: GatewayAccess, path: string, body: object): Promise<unknown> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (!response.ok) throw await problemOf(response)
  return response.json()
}
