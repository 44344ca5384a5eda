import type { RawRequest } from '@freshet/testkit'
import {
  basicOf,
  bearer,
  bodyOf,
  FORM_TYPE,
  JSON_TYPE,
  SOURCE_QUERIES,
  type GuardedRoute,
  type Header,
} from './guard-cases.ts'
import type { Guard } from './guard-table.ts'
import type { GuardWorld } from './guard-world.ts'

/** Returns a request that a guard accepts. The answer of the route behind the guard is not its concern. */
export async function guardControl(
  guard: Guard,
  route: GuardedRoute,
  world: GuardWorld,
): Promise<RawRequest> {
  const type = typeOf(route)
  const headers = [type, ...(await proofOf(guard, route, world))]
  const query = guard === 'own source' ? (SOURCE_QUERIES.at(-1) ?? '') : ''
  const request = { ...route, target: `${route.target}${query}`, headers }
  return route.method === 'GET' ? request : { ...request, body: bodyOf(route) }
}

async function proofOf(
  guard: Guard,
  { service, target }: GuardedRoute,
  world: GuardWorld,
): Promise<readonly Header[]> {
  const { admins, tokens } = world
  switch (guard) {
    case 'source':
    case 'source or admin':
    case 'own source':
      return [bearer(await world.assertion())]
    case 'viewer':
    case 'operator':
    case 'admin':
      return [bearer(admins[guard])]
    case 'token':
      return [bearer(tokens.fresh)]
    case 'csrf': {
      const { cookie, csrf } = await world.session()
      return [
        ['cookie', cookie],
        ['x-freshet-csrf', csrf],
      ]
    }
    case 'client':
    case 'form':
      return [basicOf(clientOf(target, world))]
    case 'json':
      return service === 'authority' ? [basicOf(clientOf(target, world))] : [bearer(admins.admin)]
  }
}

/** A resource server asks about tokens; any client requests them. */
function clientOf(target: string, { client, resource }: GuardWorld): GuardWorld['client'] {
  return target.startsWith('/access/') ? resource : client
}

function typeOf({ target }: GuardedRoute): Header {
  if (target === '/v1/changes') return ['content-type', 'application/cloudevents+json']
  return target.startsWith('/oauth/') ? FORM_TYPE : JSON_TYPE
}
