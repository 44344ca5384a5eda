import { subjectKey } from '@freshet/protocol'
import { ALICE } from '@freshet/testkit'
import {
  FORM_TYPE,
  KIB,
  sharedOperations,
  type Guard,
  type Make,
  type Operation,
  type Operations,
} from './operation.ts'
import { requestOf } from './request.ts'

/** A user of a console, and the objects that its requests name. */
export interface ConsoleUser {
  /** The token of an operator. */
  readonly token: string
  /** The id of a quarantined record. */
  readonly quarantined: string
  /** The name of an objective. */
  readonly objective: string
  /** The cookie of a browser whose login is under way, and the answer of the provider to it. */
  readonly login: { readonly cookie: string; readonly answer: string }
  readonly logoutToken: string
  /** Returns an access token. */
  readonly access: () => string
}

type Path = string | ((user: ConsoleUser) => string)

const asUser = ({ token }: ConsoleUser) => ({ authorization: `Bearer ${token}` })
const targetOf = (path: Path, user: ConsoleUser): string =>
  typeof path === 'string' ? path : path(user)

/** Returns a GET that the guard lets in; without one, everyone is allowed to send it. */
function get(path: Path, guard?: Guard, headers?: (user: ConsoleUser) => Record<string, string>) {
  const headersOf = headers ?? (guard === undefined ? () => ({}) : asUser)
  const make: Make<ConsoleUser> = (user) => requestOf('GET', targetOf(path, user), headersOf(user))
  return { guards: guard === undefined ? [] : [guard], requests: { [nameOf(path)]: make } }
}

/** Returns a POST of JSON. */
function post(path: Path, body: (user: ConsoleUser) => object, ...guards: readonly Guard[]) {
  const make: Make<ConsoleUser> = (user) =>
    requestOf('POST', targetOf(path, user), asUser(user), body(user))
  return { guards, requests: { [nameOf(path)]: make } }
}

function nameOf(path: Path): string {
  return typeof path === 'string' ? path : 'an object'
}

const order = (verb: string): Operation<ConsoleUser> =>
  post(
    ({ quarantined }) => `/v1/quarantine/${quarantined}/${verb}`,
    () => ({ reason: 'x' }),
    'operator',
    'csrf',
  )

const subject = new URLSearchParams({ tenant: ALICE.tenant, iss: ALICE.iss }).toString()
const holding = new URLSearchParams({ tenant: ALICE.tenant, claim: 'groups', value: 'staff' })
const session = '/v1/session'
const openid = '/v1/session/openid'

/** The operations of a console. */
export const consoleOperations: Operations<ConsoleUser> = {
  ...sharedOperations,
  'GET /v1/session': get(session, 'viewer'),
  'POST /v1/session': {
    guards: ['json'],
    bytesMax: 16 * KIB,
    requests: { login: ({ token }) => requestOf('POST', session, {}, { token }) },
  },
  'DELETE /v1/session': {
    guards: ['viewer', 'csrf'],
    requests: { logout: (user) => requestOf('DELETE', session, asUser(user)) },
  },
  'GET /v1/session/ways': get('/v1/session/ways'),
  'GET /v1/session/openid': get(`${openid}?to=/slos`),
  'GET /v1/session/openid/callback': get(
    ({ login }) => `${openid}/callback${login.answer}`,
    undefined,
    ({ login: { cookie } }) => ({ cookie }),
  ),
  'GET /v1/session/openid/provider': get(`${openid}/provider`, 'viewer'),
  'POST /v1/session/openid/logout': {
    guards: [],
    requests: {
      'logout at the provider': ({ logoutToken }) =>
        requestOf('POST', `${openid}/logout`, FORM_TYPE, `logout_token=${logoutToken}`),
    },
  },
  'GET /v1/changes': get(`/v1/changes?trace=${'a'.repeat(32)}&limit=10`, 'viewer'),
  'GET /v1/changes/{id}': get('/v1/changes/c1', 'viewer'),
  'GET /v1/changes/{id}/tokens': get('/v1/changes/c1/tokens', 'viewer'),
  'GET /v1/stream': get('/v1/stream', 'viewer'),
  'GET /v1/audit': get('/v1/audit?stream=control&limit=10', 'operator'),
  'GET /v1/subjects/{sub}': get(
    `/v1/subjects/${encodeURIComponent(subjectKey(ALICE))}?${subject}`,
    'viewer',
  ),
  'GET /v1/subjects/{sub}/state': get(`/v1/subjects/${ALICE.sub}/state?${subject}`, 'viewer'),
  'GET /v1/subjects/{sub}/preview': get(
    `/v1/subjects/${ALICE.sub}/preview?${subject}&audience=payments`,
    'operator',
  ),
  'GET /v1/tokens': get(`/v1/tokens?${holding.toString()}`, 'operator'),
  'GET /v1/tokens/{jti}': get('/v1/tokens/jti-1', 'viewer'),
  'POST /v1/tokens/explain': {
    ...post('/v1/tokens/explain', ({ access }) => ({ token: access() }), 'viewer', 'csrf'),
    bytesMax: 16 * KIB,
  },
  'GET /v1/edges': get('/v1/edges', 'viewer'),
  'GET /v1/edges/{edge}': get('/v1/edges/edge-1', 'viewer'),
  'GET /v1/lag': get('/v1/lag', 'viewer'),
  'GET /v1/latency': get('/v1/latency?stage=complete&hours=6', 'viewer'),
  'GET /v1/search': get('/v1/search?q=alice', 'viewer'),
  'GET /v1/slos': get('/v1/slos', 'viewer'),
  'GET /v1/slos/{name}': get(({ objective }) => `/v1/slos/${objective}`, 'viewer'),
  'GET /v1/status': get('/v1/status', 'viewer'),
  'GET /v1/health': get('/v1/health', 'viewer'),
  'GET /v1/evidence': get('/v1/evidence', 'viewer'),
  'GET /v1/quarantine': get('/v1/quarantine?source=hr&limit=10', 'viewer'),
  'GET /v1/quarantine/{id}': get(({ quarantined }) => `/v1/quarantine/${quarantined}`, 'viewer'),
  'GET /v1/quarantine/{id}/record': get(
    ({ quarantined }) => `/v1/quarantine/${quarantined}/record`,
    'operator',
  ),
  'POST /v1/quarantine/{id}/replay': order('replay'),
  'POST /v1/quarantine/{id}/drop': order('drop'),
  'GET /v1/registry': get('/v1/registry', 'viewer'),
  'GET /v1/registry/diff': get('/v1/registry/diff?from=1&to=2', 'viewer'),
  'GET /v1/registry/document': get('/v1/registry/document?version=1', 'viewer'),
  'GET /v1/registry/usage': get('/v1/registry/usage?days=7', 'viewer'),
  'GET /v1/registry/outstanding': get('/v1/registry/outstanding', 'viewer'),
}
