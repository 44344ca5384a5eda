import { EDGE_AUDIENCE } from '@freshet/testkit'
import { JSON_TYPE, sharedOperations, type Make, type Operations } from './operation.ts'
import { requestOf } from './request.ts'

/** The tokens that a sidecar receives. They have the group `payments-approvers`. */
export interface SidecarTokens {
  readonly fresh: string
  /** Its group was removed after its mint. */
  readonly stale: string
  /** Returns a token that the sidecar has not received before. */
  readonly unseen: () => string
}

const GROUP = 'payments-approvers'
const require = { groups: [GROUP] }

const check =
  (question: (tokens: SidecarTokens) => object): Make<SidecarTokens> =>
  (tokens) =>
    requestOf('POST', '/v1/check', JSON_TYPE, question(tokens))

/** A question of a proxy. Its query is its own configuration; the headers are the client’s. */
const proxied =
  (target: string, kind: 'fresh' | 'stale'): Make<SidecarTokens> =>
  (tokens) =>
    requestOf('GET', target, { authorization: `Bearer ${tokens[kind]}` })

/** The operations that a proxy is configured with. */
export const proxyOperations: Operations<SidecarTokens> = {
  'GET /authz/generic': {
    guards: ['token'],
    requests: {
      generic: proxied(`/authz/generic?require.groups=${GROUP}&risk=normal`, 'fresh'),
      'generic, refused: stale': proxied(`/authz/generic?require.groups=${GROUP}`, 'stale'),
    },
  },
  'GET /authz/nginx': {
    guards: ['token'],
    requests: {
      nginx: proxied(`/authz/nginx?require.groups=${GROUP}`, 'fresh'),
      'nginx, refused: insufficient': proxied('/authz/nginx?require.groups=admins', 'fresh'),
    },
  },
}

/** The same with the path of a client, which a proxy appends. */
export const appendedOperations: Operations<SidecarTokens> = {
  'GET /authz/generic': {
    guards: ['token'],
    requests: {
      appended: proxied('/authz/generic/approve?amount=7', 'fresh'),
      'appended, refused: stale': proxied('/authz/generic/approve?amount=7', 'stale'),
    },
  },
}

/** The operations of a sidecar. */
export const sidecarOperations: Operations<SidecarTokens> = {
  ...sharedOperations,
  'POST /v1/check': {
    guards: ['json'],
    requests: {
      'a token seen before': check(({ fresh: token }) => ({ token, require })),
      'a new token': check(({ unseen }) => ({
        token: unseen(),
        audience: EDGE_AUDIENCE,
        require,
      })),
      'more than it grants': check(({ fresh: token }) => ({
        token,
        require: { groups: ['admins'] },
      })),
      'a stale token': check(({ stale: token }) => ({ token, require })),
      'a high risk': check(({ fresh: token }) => ({ token, require, risk: 'high' })),
    },
  },
  ...proxyOperations,
}
