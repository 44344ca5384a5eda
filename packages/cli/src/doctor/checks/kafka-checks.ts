import { readFile } from 'node:fs/promises'
import { CONTROL_PARTITION, FreshetError } from '@freshet/protocol'
import { REVOCATIONS_TOPIC, type LogRecord } from '@freshet/wire'
import { createKafka, planTopics, type Kafka, type TopicDifference } from '@freshet/kafka'
import { remoteBrokers } from '@freshet/kafka/environment'
import { loadRegistry } from '@freshet/runtime'
import { withTimeLimit } from '@freshet/source/time-limit'
import { TOPICS_FILE } from '../../stack/paths.ts'
import { CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import { rightsFinding } from './start/start-checks.ts'
import { skewFinding } from './clock-skew.ts'
import type { ServiceName } from '../../installation/service-names.ts'
import { REGISTRY_SOUND } from './registry-checks.ts'
import type { DoctorTarget, KafkaWay } from '../target.ts'

const group = 'Kafka'
const REACHABLE = 'a broker answers'
const TOPICS = 'topics are as planned'
const PATIENCE_NEEDS = [REGISTRY_SOUND, REACHABLE]
/** A heartbeat is published every second. */
const HEARTBEAT_WITHIN_MS = 3_000
const SHOWN_MAX = 5

/** The broker, its topics and its clock. */
export function kafkaChecks({
  kafka: way,
  development,
  registry,
  service,
}: DoctorTarget): readonly DoctorCheck[] {
  const withinMs = CONNECT_WITHIN_MS
  const on = (work: (kafka: Kafka) => Promise<CheckFinding>) => () =>
    way === undefined ? notGiven : onKafka(way, work)
  const patience = on((kafka) => brokerPatience(kafka, registry))
  const check = ([name, title]: Named, run: DoctorCheck['run'], needs: readonly string[] = []) => {
    return { group, name, title, needs, withinMs, run }
  }
  const rights = (of: ServiceName): DoctorCheck => {
    const named = [`${of} has its rights`, `rights of ${of}`] as const
    const run = on((kafka) => rightsFinding(kafka, of))
    return check(named, run, [REACHABLE])
  }
  return [
    check(['traffic to Kafka is encrypted', 'traffic to Kafka'], () => transportOf(way)),
    check([REACHABLE, 'broker'], on(reachable)),
    ...(service === undefined ? [] : [rights(service)]),
    check([TOPICS, 'topics'], on(topicsOf(development)), [REACHABLE]),
    check(['the broker’s clock', 'clock of the broker'], on(brokerClock), [TOPICS]),
    check(['a dead broker is noticed', 'time-out of a dead broker'], patience, PATIENCE_NEEDS),
  ]
}

type Named = readonly [name: string, title: string]

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no broker is known here',
  fix: 'set KAFKA_BROKERS, or run `freshet dev`',
}

type Way = NonNullable<DoctorTarget['kafka']>

async function transportOf(way: Way | undefined): Promise<CheckFinding> {
  return way === undefined ? notGiven : brokerTransportFinding(await way(AbortSignal.abort()))
}

/** Reports whether connections to the broker are encrypted, and under which user. */
export function brokerTransportFinding({ brokers, tls, sasl }: KafkaWay): CheckFinding {
  const login = sasl ? `, ${sasl.mechanism} as ${sasl.username ?? 'the client of a token'}` : ''
  if (tls) {
    const hasCertificate = tls !== true && (typeof tls === 'function' ? tls() : tls).cert
    return { outcome: 'ok', detail: `TLS${hasCertificate ? ', client certificate' : ''}${login}` }
  }
  const remote = remoteBrokers(brokers)
  if (remote.length === 0) return { outcome: 'ok', detail: `in clear, on loopback alone${login}` }
  return {
    outcome: 'warning',
    detail: `in clear to ${remote.join(', ')}${login}`,
    means: 'the network can read subjects and values, and act as this client',
    fix: 'set KAFKA_TLS=true, and unset KAFKA_ALLOW_PLAINTEXT',
  }
}

async function onKafka(
  way: Way,
  work: (kafka: Kafka) => Promise<CheckFinding>,
): Promise<CheckFinding> {
  const ended = new AbortController()
  const kafka = createKafka({ ...(await way(ended.signal)), clientId: 'freshet-doctor' })
  try {
    return await work(kafka)
  } finally {
    ended.abort()
    await kafka.close()
  }
}

async function reachable(kafka: Kafka): Promise<CheckFinding> {
  const gaps = await kafka.check()
  if (gaps.length === 0) return { outcome: 'ok', detail: 'answers on a client port' }
  const list = gaps.map(({ api, sent, accepted }) => `${api} ${sent} (accepts ${accepted})`)
  return {
    outcome: 'failed',
    detail: `versions that it does not accept: ${list.join(', ')}`,
    means: 'the broker is too new or too old for this build',
    fix: 'use Apache Kafka 4.x',
  }
}

function topicsOf(development: boolean): (kafka: Kafka) => Promise<CheckFinding> {
  return async (kafka) => {
    const plan = planTopics(await readFile(TOPICS_FILE, 'utf8'), { development })
    const differences = await kafka.topics.verify(plan)
    if (differences.length > 0) return topicsFinding(differences)
    return { outcome: 'ok', detail: `${plan.length} as planned, partitions and settings included` }
  }
}

/** The differences from the plan, and the correction of each kind. */
export function topicsFinding(differences: readonly TopicDifference[]): CheckFinding {
  const shown = differences
    .slice(0, SHOWN_MAX)
    .map(
      ({ topic, setting, wanted, found }) => `${topic}: ${setting} is ${found}, planned ${wanted}`,
    )
  const more = differences.length > SHOWN_MAX ? ` and ${differences.length - SHOWN_MAX} more` : ''
  const [fix, means] = adviceOn(differences)
  return { outcome: 'failed', detail: `${shown.join('; ')}${more}`, means, fix }
}

function adviceOn(differences: readonly TopicDifference[]): readonly [fix: string, means: string] {
  const moved = differences.find(({ setting }) => setting === 'partitions')
  if (moved) {
    return [
      `make ${moved.topic} anew with ${moved.wanted} partitions: delete it, then \`freshet topic apply\`; tokens of before become stale`,
      'a subject has another partition than its tokens say; the count is never changed in place',
    ]
  }
  const missing = differences.find(({ setting }) => setting === 'topic')
  if (missing) return ['freshet topic apply', 'nothing can be recorded or published without it']
  const [first] = differences
  const change = `${first?.setting ?? ''}=${first?.wanted ?? ''}`
  return [
    `kafka-configs.sh --alter --topic ${first?.topic ?? ''} --add-config ${change}, then \`freshet topic verify\``,
    'times, order or durability of records are not what Freshet relies on',
  ]
}

/** A record that arrives was appended just now, by the broker's clock. */
async function brokerClock(kafka: Kafka): Promise<CheckFinding> {
  const reader = kafka.reader()
  const bounds = await reader.bounds(REVOCATIONS_TOPIC, [CONTROL_PARTITION])
  const { end } = bounds.find(({ partition }) => partition === CONTROL_PARTITION) ?? { end: 0n }
  const arrived = await firstAfter(kafka, end)
  if (arrived) return skewFinding('the broker', arrived.skewMs)
  return {
    outcome: 'warning',
    detail: `unknown: no heartbeat was published within ${HEARTBEAT_WITHIN_MS / 1000} s`,
    means: 'no reconciler publishes',
    fix: 'see the check “publishing” in the group “pipeline”',
  }
}

async function firstAfter(
  kafka: Kafka,
  end: bigint,
): Promise<{ readonly skewMs: number } | undefined> {
  const stop = new AbortController()
  let found: { readonly skewMs: number } | undefined
  const follower = {
    onRecords: (_: number, [record]: readonly LogRecord[]) => {
      // The follower also calls this for a fetch without records.
      if (record) {
        found ??= { skewMs: Date.now() - record.appendedAtMs }
        stop.abort()
      }
      return Promise.resolve()
    },
    onOffsetLost: (_: number, { earliest }: { readonly earliest: bigint }) => earliest,
  }
  const until = withTimeLimit(stop.signal, HEARTBEAT_WITHIN_MS)
  await kafka
    .reader()
    .follow(REVOCATIONS_TOPIC, new Map([[CONTROL_PARTITION, end]]), follower, until)
  return found
}

const SETTING = 'broker.session.timeout.ms'

/** Checks whether the cluster replaces a dead leader before the shortest lease ends. */
async function brokerPatience(kafka: Kafka, registry: string | undefined): Promise<CheckFinding> {
  if (registry === undefined) {
    const fix = 'freshet doctor --registry FILE'
    return { outcome: 'skipped', detail: 'no registry file is known here', fix }
  }
  const { sources } = (await loadRegistry(registry)).registry
  const leases = [...sources.values()].map(({ leaseMs }) => leaseMs)
  const value = await kafka.brokerSetting(SETTING).catch(unlessDenied)
  return patienceFinding(value, Math.min(...leases))
}

/** The rights that the doctor needs else name no cluster. */
function unlessDenied(error: unknown): undefined {
  if (error instanceof FreshetError && error.code === 'broker.denied') return undefined
  throw error
}

/** Compares the setting, in ms, with the shortest lease. */
export function patienceFinding(value: string | undefined, leaseMs: number): CheckFinding {
  const timeoutMs = Number(value)
  if (value === undefined || Number.isNaN(timeoutMs)) {
    const fix = `compare it with the shortest lease, ${leaseMs / 1000} s, or allow DescribeConfigs on the cluster`
    return { outcome: 'skipped', detail: `the broker does not show ${SETTING}`, fix }
  }
  const detail = `${SETTING} is ${timeoutMs / 1000} s, the shortest lease ${leaseMs / 1000} s`
  if (timeoutMs < leaseMs) return { outcome: 'ok', detail }
  return {
    outcome: 'warning',
    detail,
    means:
      'the claims of the partitions of a dead broker become unverified until another one leads them',
    fix: `set ${SETTING}=3000 and broker.heartbeat.interval.ms=500 on every node, or raise the leases above ${timeoutMs / 1000} s`,
  }
}
