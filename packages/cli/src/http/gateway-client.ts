import { readProblem } from '@freshet/source/problem'
import type {
  ClearAnswer,
  DropAnswer,
  ShownDifference,
  ReplayAnswer,
} from '@freshet/insight/answers'
import type { AcceptedAnswer } from '../commands/changes/emit-change.ts'

const ANSWER_WITHIN_MS = 10_000

/** The address of the gateway, and the token of an admin. */
export interface GatewayAccess {
  readonly url: string
  readonly token: string
}

/** The objects that a cut-off would touch. */
export interface Touches {
  readonly tokens: number
  readonly subjects: number
  readonly clients: number
  readonly edges?: number
}

/** The guard of a cut-off: whether it needs a confirmation, by the registry. */
export interface Guard {
  readonly share: number
  readonly outstanding: number
  readonly needsConfirmation: boolean
}

/** Asks what a cut-off would touch. @throws `ProblemError` with the gateway's refusal */
export async function askTouches(
  access: GatewayAccess,
  body: object,
): Promise<{ readonly touches: Touches; readonly guard?: Guard }> {
  const answer = await post(access, '/v1/cut-offs?dryRun=true', body)
  return answer as { touches: Touches; guard?: Guard }
}

/** Cuts off. @throws `ProblemError` with the gateway's refusal */
export async function orderCutOff(access: GatewayAccess, body: object): Promise<AcceptedAnswer> {
  return (await post(access, '/v1/cut-offs', body)) as AcceptedAnswer
}

/** Opens a route for a claim, or asks whether it would be taken. @throws `ProblemError` */
export async function orderGrant(
  access: GatewayAccess,
  order: object,
  dryRun: boolean,
): Promise<AcceptedAnswer | { readonly opens: { readonly until: string } }> {
  const answer = await post(access, `/v1/openings${dryRun ? '?dryRun=true' : ''}`, order)
  return answer as AcceptedAnswer | { readonly opens: { readonly until: string } }
}

/** Ends a grant before its time. @throws `ProblemError` */
export async function orderClosing(
  access: GatewayAccess,
  id: string,
  order: object,
): Promise<AcceptedAnswer> {
  return (await post(
    access,
    `/v1/openings/${encodeURIComponent(id)}/close`,
    order,
  )) as AcceptedAnswer
}

/** The changes of a published version. */
export interface PublishedAnswer {
  readonly pv: number
  readonly hash: string
  readonly isNew: boolean
  readonly against: { readonly pv: number; readonly hash: string }
  readonly differences: readonly ShownDifference[]
  readonly needsMinimum: boolean
}

/** Publishes a policy version, or asks what it would change. @throws `ProblemError` */
export async function orderRegistry(
  access: GatewayAccess,
  document: string,
  dryRun: boolean,
): Promise<PublishedAnswer> {
  const path = `/v1/registry${dryRun ? '?dryRun=true' : ''}`
  return (await post(access, path, JSON.parse(document) as object)) as PublishedAnswer
}

/** Activates a published version. @throws `ProblemError`, also where it needs a minimum */
export async function orderActivation(
  access: GatewayAccess,
  order: object,
): Promise<AcceptedAnswer> {
  return (await post(access, '/v1/cut-offs', order)) as AcceptedAnswer
}

/** The changes of an activation, and the tokens that it touches. */
export interface ActivationPlan {
  readonly differences: readonly ShownDifference[]
  readonly touches: Touches
}

/** Asks for it. @throws `ProblemError` as the activation itself */
export async function askActivation(access: GatewayAccess, order: object): Promise<ActivationPlan> {
  return (await post(access, '/v1/cut-offs?dryRun=true', order)) as ActivationPlan
}

/** Replays a parked record, or asks what it would become. @throws `ProblemError` */
export async function orderReplay(
  access: GatewayAccess,
  id: string,
  { reason, dryRun }: { readonly reason: string | undefined; readonly dryRun: boolean },
): Promise<ReplayAnswer> {
  const path = `/v1/quarantine/${encodeURIComponent(id)}/replay${dryRun ? '?dryRun=true' : ''}`
  return (await post(access, path, reason === undefined ? {} : { reason })) as ReplayAnswer
}

/** Drops a parked record. @throws `ProblemError` */
export async function orderDrop(
  access: GatewayAccess,
  id: string,
  reason: string,
): Promise<DropAnswer> {
  const path = `/v1/quarantine/${encodeURIComponent(id)}/drop`
  return (await post(access, path, { reason })) as DropAnswer
}

/** Clears what a parked record put in doubt. @throws `ProblemError` */
export async function orderClearing(
  access: GatewayAccess,
  id: string,
  order: { readonly claim: string | undefined; readonly reason: string },
): Promise<ClearAnswer> {
  const path = `/v1/quarantine/${encodeURIComponent(id)}/clear`
  return (await post(access, path, order)) as ClearAnswer
}

/** Erases a subject. @throws `ProblemError` */
export async function orderErasure(
  access: GatewayAccess,
  order: object,
): Promise<{ readonly id: string; readonly rows: Readonly<Record<string, number>> }> {
  const answer = await post(access, '/v1/erasures', order)
  return answer as { id: string; rows: Readonly<Record<string, number>> }
}

async function post({ url, token }: GatewayAccess, path: string, body: object): Promise<unknown> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}
