import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { askAuthority } from '../e2e/authority.ts'
import { check } from '../e2e/edge.ts'
import type { TestStack } from '../e2e/test-stack.ts'
import { payloadOf, requestFor } from '../e2e/token.ts'

/** A subject, and a token of it. */
export interface Holder {
  readonly subject: string
  readonly token: string
}

/** Returns true if the holder gets in, or gets a token without a restriction. Rejects without an answer. */
type Way = (holder: Holder) => Promise<boolean>

/** All ways in: a new token, a token for another service, the answers of the authority, and those of each edge. */
export function waysInto(stack: TestStack): Readonly<Record<string, Way>> {
  const at = (edge: 'sidecar' | 'sidecar:2', risk?: 'high'): Way => {
    const question = risk === undefined ? {} : { risk }
    return async ({ token }) =>
      (await check(stack, { token, ...question }, edge)).decision === 'allow'
  }
  return {
    mint: async ({ subject }) => {
      const { access_token: token } = await mintToken(requestFor(stack, subject, 'payments'))
      return !isRestricted(token)
    },
    exchange: async ({ token }) => {
      const { body } = await askAuthority(stack, '/oauth/token', 'payments-api', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'payments',
      })
      const { access_token: given } = body
      return typeof given === 'string' && !isRestricted(given)
    },
    introspection: async ({ token }) => {
      const { body } = await askAuthority(stack, '/oauth/introspect', 'payments-api', { token })
      return body['active'] === true
    },
    edge: at('sidecar'),
    'second edge': at('sidecar:2'),
    'validation for the edge': at('sidecar', 'high'),
    'validation for the second edge': at('sidecar:2', 'high'),
  }
}

function isRestricted(token: string): boolean {
  return payloadOf(token).holds?.includes('payments') ?? false
}
