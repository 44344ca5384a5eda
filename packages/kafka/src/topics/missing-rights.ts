import { planAcls, type AclOperation, type AclRole, type AclRule } from './acl-plan.ts'
import type { TopicRights } from './topic-rights.ts'

/** Operations on a topic that a role needs and its client is not allowed. */
export interface MissingRights {
  readonly topic: string
  readonly operations: readonly AclOperation[]
}

/** Returns the topics on which a role has rights of its own: those of the plan without a prefix. */
export function topicsOfRole(role: AclRole): readonly string[] {
  return rulesOf(role).map(({ topic }) => topic)
}

/** Returns the operations of the plan that a client of this role is not allowed. */
export function missingRights(role: AclRole, rights: TopicRights): readonly MissingRights[] {
  return rulesOf(role).flatMap(({ topic, operations }) => {
    const allowed = rights.get(topic)
    const missing = operations.filter((operation) => allowed?.has(operation) !== true)
    return missing.length === 0 ? [] : [{ topic, operations: missing }]
  })
}

function rulesOf(role: AclRole): readonly AclRule[] {
  return planAcls(new Map(), [role]).filter(({ pattern }) => pattern === 'literal')
}
