import type { RawRequest } from '../proxy/raw-request.ts'
import {
  basicOf,
  bearer,
  bodyOf,
  FORM_TYPE,
  JSON_TYPE,
  type GuardedRoute,
  type Header,
} from './guard-cases.ts'
import type { Guard } from './guard-table.ts'
import type { GuardWorld } from './guard-world.ts'

/** A request that a guard lets in. What the route answers behind the guard is not its concern. */
export async function guardControl(
  guard: Guard,
  route: GuardedRoute,
  world: GuardWorld,
): Promise<RawRequest> {
  const type = route.target.startsWith('/oauth/') ? FORM_TYPE : JSON_TYPE
  const headers = [type, ...(await proofOf(guard, route, world))]
  return route.method === 'GET' ? { ...route, headers } : { ...route, headers, body: bodyOf(route) }
}

async function proofOf(
  guard: Guard,
  { service }: GuardedRoute,
  world: GuardWorld,
): Promise<readonly Header[]> {
  const { admins, client, tokens, cookie, csrf } = world
  switch (guard) {
    case 'source':
    case 'source or admin':
      return [bearer(await world.assertion())]
    case 'viewer':
    case 'operator':
    case 'admin':
      return [bearer(admins[guard])]
    case 'token':
      return [bearer(tokens.fresh)]
    case 'csrf':
      return [
        ['cookie', cookie],
        ['x-freshet-csrf', csrf],
      ]
    case 'client':
    case 'form':
      return [basicOf(client)]
    case 'json':
      return service === 'authority' ? [basicOf(client)] : [bearer(admins.admin)]
  }
}
