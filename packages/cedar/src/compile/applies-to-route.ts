import type { RouteName } from '@freshet/authority'
import type {
  EntityUidJson,
  PolicyJson,
  SchemaJson,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import { ACTION, AUDIENCE } from '../attributes/registry-names.ts'

/** Actions of a schema, with the groups that each is in. */
export type Actions = SchemaJson<string>[string]['actions']

/**
 * Returns whether a policy could apply to a request of a route, by the action and resource in its head. A
 * policy with another head cannot be satisfied, so leaving it out changes no decision.
 */
export function appliesTo(
  { action, resource }: PolicyJson,
  { audience, route }: RouteName,
  actions: Actions,
): boolean {
  return isOfAction(action, route, actions) && isOfResource(resource, audience)
}

/**
 * A policy as it stands for the requests of a route alone: what its head asks of action and resource and
 * every such request fulfils is left out, so that it is not asked again each time.
 */
export function forRoute(policy: PolicyJson, { audience, route }: RouteName): PolicyJson {
  const { action, resource } = policy
  const isAction = action.op === '==' && 'entity' in action && isNamed(action.entity, ACTION, route)
  const isResource =
    resource.op === '==' && 'entity' in resource && isNamed(resource.entity, AUDIENCE, audience)
  return {
    ...policy,
    ...(isAction && { action: { op: 'All' } }),
    ...(isResource && { resource: { op: 'All' } }),
  }
}

function isOfAction(action: PolicyJson['action'], route: string, actions: Actions): boolean {
  switch (action.op) {
    case 'All':
      return true
    case '==':
      return !('entity' in action) || idOf(action.entity) === route
    case 'in': {
      const named = 'entities' in action ? action.entities : [action.entity]
      const own = groupsOf(route, actions)
      return named.some((each) => own.has(idOf(each)))
    }
  }
}

function isOfResource(resource: PolicyJson['resource'], audience: string): boolean {
  switch (resource.op) {
    case '==':
      return !('entity' in resource) || isNamed(resource.entity, AUDIENCE, audience)
    case 'is':
      return resource.entity_type === AUDIENCE
    default:
      return true
  }
}

/** The action and all groups that it is in, at whatever distance. */
function groupsOf(route: string, actions: Actions): ReadonlySet<string> {
  const found = new Set([route])
  for (const action of found)
    for (const { id, type = ACTION } of actions[action]?.memberOf ?? [])
      if (type === ACTION) found.add(id)
  return found
}

function idOf(entity: EntityUidJson): string {
  return uidOf(entity).id
}

function isNamed(entity: EntityUidJson, wantedType: string, wantedId: string): boolean {
  const { type, id } = uidOf(entity)
  return type === wantedType && id === wantedId
}

/** Cedar writes an entity in two ways. */
function uidOf(entity: EntityUidJson): TypeAndId {
  const { __entity: inner } = entity as { readonly __entity?: TypeAndId }
  return inner ?? (entity as TypeAndId)
}
