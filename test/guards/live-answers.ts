import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { jtiOf } from '../e2e/token.ts'
import { answerOf, documentCheck, type CheckedDocument } from '../setup/conforming-app.ts'
import type { GuardWorld } from './guard-world.ts'

/** Routes without a JSON answer, and one that never ends. */
const NO_JSON: readonly string[] = ['/v1/stream', '/v1/session/openid', '/metrics', '/livez']

/** The name of the change that a generated client sends. */
export const CLIENT_CHANGE = 'by-a-generated-client'

/** The operations that answer an admin with success, by service. */
export const LIVE: Readonly<Record<string, readonly string[]>> = {
  gateway: ['getReadiness', 'getSource', 'getVersion'],
  authority: [
    'getAuthorityMetadata',
    'getCheckpointKeys',
    'getDecisionPointMetadata',
    'getReadiness',
    'getTokenKeys',
    'getVersion',
  ],
  console: [
    'countOutstanding',
    'getChange',
    'getEdge',
    'getEvidence',
    'getHealth',
    'getLag',
    'getLatency',
    'getReadiness',
    'getRegistry',
    'getRegistryDocument',
    'getSession',
    'getSlo',
    'getStatus',
    'getSubject',
    'getSubjectState',
    'getToken',
    'getUsage',
    'getVersion',
    'listAuditEntries',
    'listChanges',
    'listEdges',
    'listHolders',
    'listLoginWays',
    'listQuarantine',
    'listSlos',
    'listTokensOfChange',
    'previewToken',
  ],
}

/** Asks the routes of a started service, and compares the answers with the document that it publishes. */
export async function liveAnswers(
  url: string,
  world: GuardWorld,
): Promise<{ readonly answered: readonly string[]; readonly faults: readonly string[] }> {
  const ask = (path: string): Promise<Response> =>
    fetch(new URL(path, url), {
      headers: { authorization: `Bearer ${world.admins.operator}` },
      redirect: 'manual',
    })
  const document = (await (await ask('/openapi.json')).json()) as CheckedDocument
  const check = documentCheck(document)
  const whole = Object.entries(document.paths).flatMap(([path, methods]) =>
    'get' in methods && !path.includes('{') && !NO_JSON.includes(path) ? [path] : [],
  )
  const firstOf = async (list: string): Promise<Readonly<Record<string, unknown>>> => {
    const { items = [] } = (await (await ask(list)).json()) as {
      readonly items?: readonly Readonly<Record<string, unknown>>[]
    }
    return items[0] ?? {}
  }
  const named = [
    ...['', `?tenant=${DEV_TENANT}`, `?tenant=${DEV_TENANT}&only=sequence`].map(
      (query) => `/v1/sources/hr${query}`,
    ),
    `/v1/changes/${CLIENT_CHANGE}`,
    `/v1/changes/${CLIENT_CHANGE}/tokens`,
    `/v1/subjects/carol?${String(new URLSearchParams({ tenant: DEV_TENANT, iss: DEV_IDP }))}`,
    `/v1/subjects/carol/preview?${String(new URLSearchParams({ tenant: DEV_TENANT, iss: DEV_IDP, audience: 'payments' }))}`,
    `/v1/subjects/carol/state?${String(new URLSearchParams({ tenant: DEV_TENANT, iss: DEV_IDP }))}`,
    `/v1/tokens?tenant=${DEV_TENANT}&claim=groups&value=payments-approvers`,
    `/v1/tokens/${jtiOf(world.tokens.stale)}`,
    `/v1/edges/${String((await firstOf('/v1/edges'))['edge'])}`,
    `/v1/slos/${String((await firstOf('/v1/slos'))['name'])}`,
  ]
  const faults: string[] = []
  for (const path of [...whole, ...named]) {
    const answer = await answerOf(await ask(path))
    const { pathname } = new URL(path, url)
    const fault = check.faultOf({ method: 'GET', path: pathname, answer })
    if (fault !== undefined) faults.push(fault)
  }
  const answered = [...check.seen].filter((each) => each.endsWith(' 200'))
  return { faults, answered: answered.map((each) => each.replace(' 200', '')).toSorted() }
}
