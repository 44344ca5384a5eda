import { readFileSync } from 'node:fs'
import { planAcls, planQuotas, planTopics } from '@freshet/kafka'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { TOPICS_FILE } from '../../stack/paths.ts'
import { aclText } from './acl-text.ts'
import { strimziText } from './strimzi-text.ts'
import { terraformText } from './terraform-text.ts'

type Principals = NonNullable<Parameters<typeof planAcls>[0]>

const SEVERAL: Principals = new Map([
  ['edge', ['User:payments', 'User:CN=ledger', 'User:topics']],
  ['topic-admin', ['User:topics']],
])
const BOTH = [
  ['the default principals', new Map() as Principals],
  ['several principals, one of them with two roles', SEVERAL],
] as const

function planOf(principals: Principals) {
  const topics = planTopics(readFileSync(TOPICS_FILE, 'utf8'))
  return { topics, acls: planAcls(principals), quotas: planQuotas(principals) }
}

/** One right in one form, whatever the tool: principal, topic, pattern and operation. */
const rightsOf = (plan: ReturnType<typeof planOf>): readonly string[] =>
  plan.acls.flatMap(({ principal, topic, pattern, operations }) =>
    operations.map((operation) => [principal, topic, pattern, operation].join(' ')),
  )
const ratesOf = (plan: ReturnType<typeof planOf>): readonly unknown[] =>
  plan.quotas.map(({ principal, producerBytesPerS, consumerBytesPerS }) => [
    principal,
    producerBytesPerS,
    consumerBytesPerS,
  ])

interface StrimziObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: object }
  readonly spec: {
    readonly partitions: number
    readonly replicas: number
    readonly config: object
    readonly authentication: { readonly type: string }
    readonly authorization: {
      readonly acls: readonly {
        readonly type: string
        readonly resource: {
          readonly type: string
          readonly name: string
          readonly patternType: string
        }
        readonly operations: readonly string[]
      }[]
    }
    readonly quotas?: { readonly producerByteRate?: number; readonly consumerByteRate?: number }
  }
}

const principalOf = ({ metadata, spec }: StrimziObject): string =>
  `User:${spec.authentication.type === 'tls' ? 'CN=' : ''}${metadata.name}`

describe.each(BOTH)('the plan for %s', (_, principals) => {
  const plan = planOf(principals)

  it('is the same as objects of Strimzi', () => {
    const documents = parseAllDocuments(strimziText(plan, 'main'))
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    const objects = documents.map((each) => each.toJS() as StrimziObject)
    for (const { apiVersion, metadata } of objects) {
      expect(apiVersion).toBe('kafka.strimzi.io/v1')
      expect(metadata.labels).toEqual({ 'strimzi.io/cluster': 'main' })
    }
    const topics = objects.filter(({ kind }) => kind === 'KafkaTopic')
    expect(
      topics.map(({ metadata, spec: { partitions, replicas: replication, config } }) => ({
        name: metadata.name,
        partitions,
        replication,
        config,
      })),
    ).toEqual(plan.topics)
    const users = objects.filter(({ kind }) => kind === 'KafkaUser')
    expect(new Set(users.map(({ metadata }) => metadata.name)).size).toBe(users.length)
    const rights = users.flatMap((user) =>
      user.spec.authorization.acls.flatMap(({ type, resource, operations }) => {
        expect([type, resource.type]).toEqual(['allow', 'topic'])
        const pattern = resource.patternType === 'prefix' ? 'prefixed' : resource.patternType
        return operations.map((each) => [principalOf(user), resource.name, pattern, each].join(' '))
      }),
    )
    expect(rights.toSorted()).toEqual(rightsOf(plan).toSorted())
    const rates = users.flatMap((user) => {
      const { quotas } = user.spec
      return quotas ? [[principalOf(user), quotas.producerByteRate, quotas.consumerByteRate]] : []
    })
    expect(new Set(rates)).toEqual(new Set(ratesOf(plan)))
  })

  it('is the same for Terraform', () => {
    const { resource } = JSON.parse(terraformText(plan)) as {
      resource: Record<
        'kafka_topic' | 'kafka_acl' | 'kafka_quota',
        Record<string, Record<string, unknown>>
      >
    }
    const names = Object.values(resource).flatMap((each) => Object.keys(each))
    expect(names.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([])
    expect(
      Object.values(resource.kafka_topic).map(
        ({ name, partitions, replication_factor, config }) => ({
          name,
          partitions,
          replication: replication_factor,
          config,
        }),
      ),
    ).toEqual(plan.topics)
    const rights = Object.values(resource.kafka_acl).map((acl) => {
      expect(acl).toMatchObject({
        acl_host: '*',
        acl_permission_type: 'Allow',
        resource_type: 'Topic',
      })
      const pattern = String(acl['resource_pattern_type_filter']).toLowerCase()
      return [acl['acl_principal'], acl['resource_name'], pattern, acl['acl_operation']].join(' ')
    })
    expect(rights).toEqual(rightsOf(plan))
    const rates = Object.values(resource.kafka_quota).map(
      ({ entity_type, entity_name, config }) => {
        expect(entity_type).toBe('user')
        const { producer_byte_rate: producer, consumer_byte_rate: consumer } = config as Record<
          string,
          number
        >
        return [`User:${String(entity_name)}`, producer, consumer]
      },
    )
    expect(rates).toEqual(ratesOf(plan))
  })

  it('has a command for each quota', () => {
    const lines = aclText(plan.acls, plan.quotas).split('\n')
    const commands = lines.filter((line) => line.startsWith('kafka-configs.sh'))
    const rates = commands.map((line) => [
      `User:${/--entity-name '([^']+)'/.exec(line)?.[1]}`,
      rateIn(line, 'producer'),
      rateIn(line, 'consumer'),
    ])
    expect(rates).toEqual(ratesOf(plan))
  })
})

function rateIn(line: string, side: string): number | undefined {
  const [, digits] = new RegExp(`${side}_byte_rate=(\\d+)`).exec(line) ?? []
  return digits === undefined ? undefined : Number(digits)
}

describe('a principal', () => {
  it.each(['User:Payments', 'User:CN=ledger,O=Acme', 'Group:edges', 'User:a_b', 'User:-a'])(
    'that Strimzi cannot make is refused: %s',
    (principal) => {
      const plan = planOf(new Map([['edge', [principal]]]))
      expect(() => strimziText(plan, 'main')).toThrow('Strimzi cannot make this user')
    },
  )

  it('is text for Terraform, whatever it contains, and has resources of its own', () => {
    const principals = ['User:${a}', 'User:%{a}', 'User:$-a']
    const text = terraformText(planOf(new Map([['edge', principals]])))
    expect(text).toContain('"User:$${a}"')
    expect(text).toContain('"User:%%{a}"')
    const { resource } = JSON.parse(text) as { resource: { kafka_quota: object } }
    expect(Object.keys(resource.kafka_quota).filter((name) => name.startsWith('x_a'))).toHaveLength(
      3,
    )
  })
})
