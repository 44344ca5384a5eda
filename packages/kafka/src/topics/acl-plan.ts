import {
  AUDIT_TOPIC,
  CHANGES_TOPIC,
  EDGE_REPORTS_TOPIC,
  ISSUANCES_TOPIC,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
} from '@freshet/wire'

/** A right of a principal on topics, by Kafka's name. */
export type AclOperation = 'Create' | 'Describe' | 'DescribeConfigs' | 'Read' | 'Write'

/** The parts of the product that each have a principal of their own. */
export const ACL_ROLES = [
  'topic-admin',
  'gateway',
  'reconciler',
  'authority',
  'console',
  'edge',
  'source',
  'issuer',
  'auditor',
] as const

/** A process, or a kind of client, that has rights of its own on a broker. */
export type AclRole = (typeof ACL_ROLES)[number]

/** The operations that one role needs on one topic, or on every topic with a prefix. */
export interface AclRule {
  readonly role: AclRole
  /** The name in Kafka's form: `User:NAME`. */
  readonly principal: string
  readonly pattern: 'literal' | 'prefixed'
  readonly topic: string
  readonly operations: readonly AclOperation[]
}

type Needs = readonly (readonly [topic: string, ...operations: AclOperation[]])[]

/** The prefix of all topics of the plan. */
const PREFIX = 'freshet.'

/**
 * The rights of each role on a broker that allows nothing by default. No role needs a right on a consumer
 * group, on the cluster or on transactions.
 */
const NEEDS: Readonly<Record<AclRole, Needs>> = {
  'topic-admin': [[PREFIX, 'Create', 'Describe', 'DescribeConfigs']],
  gateway: [
    [CHANGES_TOPIC, 'Write', 'Describe'],
    // A replay reads the quarantined record.
    [QUARANTINE_TOPIC, 'Read', 'Describe'],
  ],
  reconciler: [
    [CHANGES_TOPIC, 'Read', 'Describe', 'DescribeConfigs'],
    [REVOCATIONS_TOPIC, 'Read', 'Write', 'Describe', 'DescribeConfigs'],
    [ISSUANCES_TOPIC, 'Read', 'Describe'],
    [QUARANTINE_TOPIC, 'Write', 'Describe'],
    [AUDIT_TOPIC, 'Write', 'Describe'],
  ],
  authority: [[CHANGES_TOPIC, 'Write', 'Describe']],
  console: [
    [CHANGES_TOPIC, 'Read', 'Describe'],
    [REVOCATIONS_TOPIC, 'Describe'],
    [QUARANTINE_TOPIC, 'Describe'],
    [EDGE_REPORTS_TOPIC, 'Read', 'Describe'],
  ],
  edge: [
    [REVOCATIONS_TOPIC, 'Read', 'Describe'],
    [EDGE_REPORTS_TOPIC, 'Write', 'Describe'],
  ],
  source: [[CHANGES_TOPIC, 'Write', 'Describe']],
  issuer: [[ISSUANCES_TOPIC, 'Write', 'Describe']],
  auditor: [[AUDIT_TOPIC, 'Read', 'Describe']],
}

/** Returns the default principal of a role. */
export function defaultPrincipal(role: AclRole): string {
  return `User:freshet-${role}`
}

/**
 * Returns the rules of every role, or of some. `principals` maps a role to its principals, as `User:NAME`. A
 * role that it leaves out has `User:freshet-ROLE`.
 */
export function planAcls(
  principals: ReadonlyMap<AclRole, readonly string[]> = new Map(),
  roles: readonly AclRole[] = ACL_ROLES,
): readonly AclRule[] {
  return roles.flatMap((role) =>
    (principals.get(role) ?? [defaultPrincipal(role)]).flatMap((principal) =>
      NEEDS[role].map(([topic, ...operations]): AclRule => ({
        role,
        principal,
        pattern: topic === PREFIX ? 'prefixed' : 'literal',
        topic,
        operations,
      })),
    ),
  )
}
