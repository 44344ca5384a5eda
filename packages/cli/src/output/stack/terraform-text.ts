import type { AclRule, QuotaRule, TopicPlan } from '@freshet/kafka'
import { userOf } from './principal-user.ts'
import type { WholePlan } from './strimzi-text.ts'

const PROVIDER = { source: 'Mongey/kafka' }
/** Terraform must not delete a topic: positions would lose their meaning. */
const KEPT = { prevent_destroy: true }

/**
 * The plan in Terraform's JSON syntax, for a file `freshet.tf.json`: topics, rights and quotas, by the provider
 * `Mongey/kafka`. The connection of the provider and the users are not part of it.
 */
export function terraformText({ topics, acls, quotas }: WholePlan): string {
  const resource = {
    kafka_topic: named(topics, ({ name }) => name, topicBlock),
    kafka_acl: named(acls.flatMap(singleRights), ({ id }) => id, aclBlock),
    kafka_quota: named(quotas, ({ principal }) => principal, quotaBlock),
  }
  const document = { terraform: { required_providers: { kafka: PROVIDER } }, resource }
  return JSON.stringify(document, literal, 2)
}

function topicBlock({ name, partitions, replication, config }: TopicPlan): object {
  return { name, partitions, replication_factor: replication, config, lifecycle: KEPT }
}

interface Right {
  readonly id: string
  readonly rule: AclRule
  readonly operation: string
}

function singleRights(rule: AclRule): readonly Right[] {
  const { principal, topic, operations } = rule
  return operations.map((operation) => ({
    id: `${principal} ${topic} ${operation}`,
    rule,
    operation,
  }))
}

function aclBlock({ rule, operation }: Right): object {
  return {
    acl_principal: rule.principal,
    acl_host: '*',
    acl_operation: operation,
    acl_permission_type: 'Allow',
    resource_type: 'Topic',
    resource_name: rule.topic,
    resource_pattern_type_filter: rule.pattern === 'prefixed' ? 'Prefixed' : 'Literal',
  }
}

function quotaBlock({ principal, producerBytesPerS, consumerBytesPerS }: QuotaRule): object {
  return {
    entity_type: 'user',
    entity_name: userOf(principal),
    config: { producer_byte_rate: producerBytesPerS, consumer_byte_rate: consumerBytesPerS },
  }
}

/** Returns the blocks by names of Terraform: letters, digits and `_`. A repeated name gets a number. */
function named<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  blockOf: (item: T) => object,
): Readonly<Record<string, object>> {
  const blocks: Record<string, object> = {}
  for (const item of items) {
    const id = idOf(item)
      .toLowerCase()
      .replace(/^user:/, '')
      .replaceAll(/[^a-z0-9]+/g, '_')
    const base = /^[a-z]/.test(id) ? id : `x${id}`
    let name = base
    for (let count = 2; name in blocks; count++) name = `${base}_${count}`
    blocks[name] = blockOf(item)
  }
  return blocks
}

/** Terraform reads `${` and `%{` in a text as the start of an expression. */
function literal(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll(/([$%])\{/g, '$1$1{') : value
}
