import { DEV_CLIENT, DEV_IDP } from '@freshet/cli/stack'
import type { AssaultRequest, AssaultWorld, AttackTarget } from './assault.ts'
import { filledForm, filledObject, madeUpJws, TOKEN_CHARACTERS } from './worst-bodies.ts'

const PREFIX = 'urn:ietf:params:oauth'
const FORM = 'application/x-www-form-urlencoded'
/** The largest form, and the largest body of an access evaluation. */
const BODY_BYTES = 32_768
/** The client that can ask about tokens. */
const RESOURCE_CLIENT = 'payments-api'
/** A client that authenticates with a key. */
const KEY_CLIENT = 'sidecars'

/** The doors of the authority. The member is a client with its right secret. */
export const authorityTargets: readonly AttackTarget[] = [
  {
    name: 'authority.token',
    service: 'authority',
    routes: ['POST /oauth/token'],
    assaults: {
      stranger: (world) => form('/oauth/token', '', madeUpClient(world)),
      member: (world) => form('/oauth/token', secretOf(world, DEV_CLIENT), madeUpExchange(world)),
    },
  },
  {
    name: 'authority.introspect',
    service: 'authority',
    answers: ['member'],
    routes: ['POST /oauth/introspect', 'POST /oauth/revoke'],
    assaults: {
      stranger: (world) => form('/oauth/introspect', wrongSecret(), { token: world.stale }),
      member: (world) =>
        form('/oauth/introspect', secretOf(world, DEV_CLIENT), { token: madeUpToken(world) }),
    },
  },
  {
    name: 'authority.evaluation',
    service: 'authority',
    routes: ['POST /access/v1/evaluation'],
    assaults: {
      stranger: (world) => evaluation(wrongSecret(), madeUpToken(world)),
      // A client that is not allowed to ask about tokens.
      member: (world) => evaluation(secretOf(world, DEV_CLIENT), madeUpToken(world)),
    },
  },
  {
    name: 'authority.documents',
    service: 'authority',
    answers: ['stranger'],
    routes: [
      'GET /.well-known/authzen-configuration',
      'GET /.well-known/oauth-authorization-server',
      'GET /.well-known/jwks.json',
      'GET /.well-known/freshet-checkpoints.jwks.json',
    ],
    assaults: {
      stranger: () => ({
        method: 'GET',
        path: '/.well-known/freshet-checkpoints.jwks.json',
        headers: {},
      }),
    },
  },
]

function form(
  path: string,
  authorization: string,
  fields: Readonly<Record<string, string>>,
): AssaultRequest {
  const proof = authorization === '' ? undefined : { authorization }
  return {
    path,
    headers: { ...proof, 'content-type': FORM },
    body: filledForm(BODY_BYTES, fields),
  }
}

function secretOf({ workspace }: AssaultWorld, id: string): string {
  return basic(id, workspace.clientSecrets[id] ?? '')
}

function wrongSecret(): string {
  return basic(RESOURCE_CLIENT, 'wrong')
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

function madeUpClient({ workspace, at }: AssaultWorld): Readonly<Record<string, string>> {
  const header = { alg: 'ES256', kid: workspace.edgeClientKey?.kid }
  const claims = { iss: KEY_CLIENT, sub: KEY_CLIENT, aud: at.authority, jti: 'x', exp: 4e9 }
  return {
    client_assertion_type: `${PREFIX}:client-assertion-type:jwt-bearer`,
    client_assertion: madeUpJws(TOKEN_CHARACTERS, header, claims),
  }
}

function madeUpExchange({ workspace, at }: AssaultWorld): Readonly<Record<string, string>> {
  const header = { alg: 'ES256', typ: 'JWT', kid: workspace.idp.kid }
  const claims = { iss: DEV_IDP, sub: 'person-0', aud: at.authority, jti: 'x', exp: 4e9 }
  return {
    grant_type: `${PREFIX}:grant-type:token-exchange`,
    subject_token_type: `${PREFIX}:token-type:jwt`,
    subject_token: madeUpJws(TOKEN_CHARACTERS, header, claims),
    audience: 'payments',
  }
}

/** Returns a token with the header and the claims of a right one. */
export function madeUpToken({ stale }: AssaultWorld): string {
  const [header = '', claims = ''] = stale.split('.')
  return madeUpJws(TOKEN_CHARACTERS, decoded(header), decoded(claims))
}

function decoded(part: string): object {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as object
}

function evaluation(authorization: string, token: string): AssaultRequest {
  const question = {
    subject: { type: 'user', id: 'person-0' },
    action: { name: 'use-claims' },
    resource: { type: 'audience', id: 'payments' },
    context: { token, claims: ['groups'] },
  }
  return {
    path: '/access/v1/evaluation',
    headers: { authorization, 'content-type': 'application/json' },
    body: filledObject(BODY_BYTES, question, 'ignored'),
  }
}
