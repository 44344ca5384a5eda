import type { AclRule, QuotaRule, TopicPlan } from '@freshet/kafka'
import { stringify } from 'yaml'
import { CliError } from '../../cli-error.ts'
import { printable } from '../printable.ts'
import { userOf } from './principal-user.ts'

/** Strimzi 0.49 and later serve this version, and 1.0 serves no other one. */
const API_VERSION = 'kafka.strimzi.io/v1'
const NAME_MAX = 253
/** The name of an object of Kubernetes. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** Strimzi gives this principal to a user with a client certificate. */
const CERTIFICATE = 'CN='

/** The plans of the topics, of the rights and of the quotas. */
export interface WholePlan {
  readonly topics: readonly TopicPlan[]
  readonly acls: readonly AclRule[]
  readonly quotas: readonly QuotaRule[]
}

/**
 * The plan as objects of Strimzi: a `KafkaTopic` for each topic, a `KafkaUser` for each principal. `cluster` is the
 * name of the `Kafka` object.
 *
 * @throws CliError `usage` for a principal that Strimzi cannot make
 */
export function strimziText(plan: WholePlan, cluster: string): string {
  const labels = { 'strimzi.io/cluster': cluster }
  const topics = plan.topics.map((topic) => topicObject(topic, labels))
  const principals = [...new Set(plan.acls.map(({ principal }) => principal))]
  const users = principals.map((principal) => userObject(principal, plan, labels))
  return [...topics, ...users].map((each) => stringify(each, { lineWidth: 0 })).join('---\n')
}

type Labels = Readonly<Record<string, string>>

function topicObject({ name, partitions, replication, config }: TopicPlan, labels: Labels): object {
  return {
    apiVersion: API_VERSION,
    kind: 'KafkaTopic',
    metadata: { name, labels },
    spec: { partitions, replicas: replication, config },
  }
}

function userObject(principal: string, { acls, quotas }: WholePlan, labels: Labels): object {
  const { name, type } = strimziUser(principal)
  const rules = acls.filter((rule) => rule.principal === principal)
  const quota = quotas.find((rule) => rule.principal === principal)
  return {
    apiVersion: API_VERSION,
    kind: 'KafkaUser',
    metadata: { name, labels },
    spec: {
      authentication: { type },
      authorization: { type: 'simple', acls: rules.map(aclOf) },
      ...(quota && { quotas: ratesOf(quota) }),
    },
  }
}

function aclOf({ topic, pattern, operations }: AclRule): object {
  const patternType = pattern === 'prefixed' ? 'prefix' : 'literal'
  return { type: 'allow', resource: { type: 'topic', name: topic, patternType }, operations }
}

function ratesOf({ producerBytesPerS, consumerBytesPerS }: QuotaRule): object {
  return {
    ...(producerBytesPerS !== undefined && { producerByteRate: producerBytesPerS }),
    ...(consumerBytesPerS !== undefined && { consumerByteRate: consumerBytesPerS }),
  }
}

function strimziUser(principal: string): { readonly name: string; readonly type: string } {
  const user = userOf(principal)
  const isCertificate = user.startsWith(CERTIFICATE)
  const name = isCertificate ? user.slice(CERTIFICATE.length) : user
  if (principal.startsWith('User:') && NAME.test(name) && name.length <= NAME_MAX)
    return { name, type: isCertificate ? 'tls' : 'scram-sha-512' }
  throw new CliError(
    'usage',
    `--principal ${printable(principal)}: Strimzi cannot make this user.`,
    {
      why: 'it makes User:NAME with a password, and User:CN=NAME with a certificate; NAME has lowercase letters, digits, - and .',
    },
  )
}
