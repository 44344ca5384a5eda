import createClient from 'openapi-fetch'
import type { paths as Authority } from '../../infra/contracts/dist/http/authority.d.ts'
import type { paths as Console } from '../../infra/contracts/dist/http/console.d.ts'
import type { paths as Gateway } from '../../infra/contracts/dist/http/gateway.d.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import type { TestStack } from '../e2e/test-stack.ts'
import { basicOf } from '../requests/authority-requests.ts'
import { FORM_TYPE } from '../requests/operation.ts'
import type { GuardWorld } from './guard-world.ts'
import { CLIENT_CHANGE } from './live-answers.ts'

const asForm = (body: unknown): URLSearchParams =>
  new URLSearchParams(body as Record<string, string>)
const basic = ({ id, secret }: GuardWorld['client']) => ({
  ...FORM_TYPE,
  authorization: basicOf(id, secret),
})
const asAdmin = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const subject = { format: 'iss_sub', iss: DEV_IDP, sub: 'carol' } as const
const data = { tenant: DEV_TENANT, subject, claim: 'groups', value: ['payments-approvers'] }
const event = {
  specversion: '1.0',
  id: CLIENT_CHANGE,
  source: 'hr',
  type: 'dev.freshet.change.v1',
} as const

/** Calls started services by clients whose types come from their documents alone. */
export function generatedClients(stack: TestStack, world: GuardWorld) {
  const gateway = createClient<Gateway>({ baseUrl: stack.at.gateway })
  const authority = createClient<Authority>({ baseUrl: stack.at.authority })
  const consoleOf = createClient<Console>({ baseUrl: stack.at.console })
  return {
    sendChange: async (version: string) =>
      gateway.POST('/v1/changes', {
        headers: {
          authorization: `Bearer ${await world.assertion()}`,
          'content-type': 'application/cloudevents+json',
        },
        body: {
          ...event,
          data: { ...data, op: 'set', sourceVersion: version, occurredAt: at(version) },
        },
      }),
    mint: async () =>
      authority.POST('/oauth/token', {
        headers: basic(world.client),
        bodySerializer: asForm,
        body: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: await world.identity(),
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          audience: 'payments',
        },
      }),
    introspect: (token: string) =>
      authority.POST('/oauth/introspect', {
        headers: basic(world.resource),
        bodySerializer: asForm,
        body: { token },
      }),
    status: () => consoleOf.GET('/v1/status', asAdmin(world.admins.viewer)),
    /** Calls that do not compile. A compiler that accepts one of them fails the check of types. */
    wrong: () => [
      // @ts-expect-error: no change has this op
      gateway.POST('/v1/changes', { body: { ...event, data: { ...data, op: 'explode' } } }),
      // @ts-expect-error: an erasure needs a reason
      gateway.POST('/v1/erasures', { body: { tenant: DEV_TENANT, subject } }),
      // @ts-expect-error: a question about a token needs the token
      authority.POST('/oauth/introspect', { body: { token_type_hint: 'access_token' } }),
      // @ts-expect-error: the console has no such route
      consoleOf.GET('/v1/statuses'),
      // @ts-expect-error: a list of edges has no such parameter
      consoleOf.GET('/v1/edges', { params: { query: { colour: 'red' } } }),
    ],
  }
}

function at(version: string): string {
  return new Date(Number(version)).toISOString()
}
