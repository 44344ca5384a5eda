import type { EdgesAnswer, RegistryAnswer, Status } from '@freshet/insight/answers'
import { errorCodes } from '@freshet/protocol'
import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import { loadRegistry } from '@freshet/runtime'
import type { CheckFinding } from '../check.ts'

/** More records than this are a backlog, not the traffic of a moment. */
const LAG_MAX = 1_000n
const WAITING_MAX = 1_000
/** A heartbeat is published once a second. */
const PUBLISHED_WITHIN_MS = 5_000

/** Hash of a registry file as activations carry it. */
export async function hashOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await loadRegistry(file)).hash
}

/** Compares the active version with that of the console and of the file here. */
export function policyFinding({ policy }: Status, fileHash: string | undefined): CheckFinding {
  const { active, version, hash } = policy
  const means = 'minting stops, and a partition pauses, where the active version is missing'
  const failed = { outcome: 'failed', means } as const
  if (active === null || active.hash === null) {
    return {
      ...failed,
      detail: 'no version is active',
      fix: 'start one gateway with FRESHET_ACTIVATE_REGISTRY=true',
    }
  }
  if (active.hash !== hash) {
    const detail = `version ${active.version} is active, and the console has loaded another, ${version}`
    const fix = 'run `freshet registry publish FILE` with the file of the active version'
    return { ...failed, detail, fix }
  }
  if (fileHash !== undefined && fileHash !== hash) {
    const detail = `version ${active.version} is active, and the file here has other content`
    return {
      outcome: 'warning',
      detail,
      means: 'services go by the active version; a file counts at a first start alone',
      fix: 'raise `version` in the file, publish and activate it; or get the active one back here',
    }
  }
  return { outcome: 'ok', detail: `version ${active.version}` }
}

/** Reports findings about the active registry; an error in it keeps it from being activated. */
export function warningsFinding({ findings }: Pick<RegistryAnswer, 'findings'>): CheckFinding {
  const warnings = findings.filter(({ severity }) => severity !== 'note')
  const [first] = warnings
  if (first === undefined) return { outcome: 'ok', detail: 'no warning' }
  const others = warnings.length - 1
  return {
    outcome: 'warning',
    detail: `${first.place}: ${first.message} (${first.code})${others > 0 ? `, and ${others} more` : ''}`,
    means: 'the registry is in force, and it is incomplete',
    fix: 'run `freshet registry lint FILE --slos FILE`, which names each place with its fix',
  }
}

/** Reports whether each source is within its lease. */
export function sourcesFinding({ sources }: Status): CheckFinding {
  const silent = sources.filter(({ standing }) => standing !== 'live')
  const [worst] = silent
  if (worst === undefined) {
    return { outcome: 'ok', detail: `${sources.length} within their leases` }
  }
  return {
    outcome: 'failed',
    detail: silent
      .map(({ source, tenant, standing, through, leaseMs }) => {
        const heard =
          through === null ? 'no heartbeat yet in some partition' : `last heard ${through}`
        return `${source} of ${tenant} is ${standing}: ${heard}, lease ${leaseMs / 1000} s`
      })
      .join('; '),
    means: 'its claims are unverified at every edge and are not minted',
    fix: adviceOn(worst),
  }
}

function adviceOn({ source, standing }: Status['sources'][number]): string {
  if (standing === 'hole')
    return `let ${source} send the change with the number in \`next\`: GET /v1/sources/${source}`
  if (standing === 'halted')
    return `let ${source} send a complete snapshot, or end or confirm an open one (snapshot-begin … snapshot-end); the reason: freshet quarantine ls --source ${source}`
  if (standing === 'ending')
    return `wait: the reconciler removes the claims that the snapshot of ${source} does not contain; GET /v1/sources/${source} shows in which partitions`
  return `check that ${source} runs, and that its heartbeats are answered 202 (POST /v1/heartbeats)`
}

/** Reports whether each partition gets past its records. */
export function pausesFinding({ partitions }: Status): CheckFinding {
  const pauses = partitions.flatMap(({ partition, paused }) =>
    paused === undefined ? [] : [{ partition, ...paused }],
  )
  if (pauses.length === 0)
    return { outcome: 'ok', detail: `${partitions.length} partitions without a pause` }
  return {
    outcome: 'failed',
    detail: pauses
      .map(
        ({ partition, offset, code, message, since, attempts }) =>
          `partition ${partition} stops at record ${offset} since ${since}, ${attempts} attempts: ${code}: ${message}`,
      )
      .join('; '),
    means:
      'changes and heartbeats of the partition wait: its sources become unverified, and all sources if it is partition 0',
    fix: remedyOf(pauses[0]?.code),
  }
}

function remedyOf(code: string | undefined): string {
  const entry = Object.entries(errorCodes).find(([each]) => each === code)
  return entry?.[1].remedy ?? 'see the reconciler’s log for “partition pauses” and its reason'
}

/** Reports whether the reconciler keeps up. */
export function lagFinding({ partitions }: Status): CheckFinding {
  const unknown = partitions.some(({ lag }) => lag === null)
  if (partitions.length === 0 || unknown) {
    const detail = unknown
      ? 'the broker does not report the ends of its topics'
      : 'no reconciler has run yet'
    const fix = unknown ? 'see “a broker answers”' : 'start a reconciler'
    return { outcome: 'failed', detail, means: 'changes can wait unnoticed', fix }
  }
  const behind = partitions.filter(({ lag }) => BigInt(lag ?? 0) > LAG_MAX)
  if (behind.length === 0) {
    const total = partitions.reduce((sum, { lag }) => sum + BigInt(lag ?? 0), 0n)
    return { outcome: 'ok', detail: `${total} records wait` }
  }
  return {
    outcome: 'failed',
    detail: behind
      .map(({ partition, lag }) => `partition ${partition} has a lag of ${lag} records`)
      .join('; '),
    means: 'revocations are late by the time that these records take',
    fix: 'see the reconciler’s log for “partition pauses” and its reason',
  }
}

/** Reports whether heartbeats are published, and whether the outbox grows. */
export function publisherFinding({ partitions }: Status, nowMs: number): CheckFinding {
  const late = partitions.filter(
    ({ publishedAt }) =>
      publishedAt === null || nowMs - Date.parse(publishedAt) > PUBLISHED_WITHIN_MS,
  )
  const waiting = partitions.reduce((sum, partition) => sum + partition.waiting, 0)
  const failed = {
    outcome: 'failed',
    means: 'edges get no heartbeat and withdraw trust within the lease',
  } as const
  if (late.length > 0) {
    const numbers = late.map(({ partition }) => partition).join(', ')
    const detail = `nothing was published within ${PUBLISHED_WITHIN_MS / 1000} s in partition ${numbers}`
    return {
      ...failed,
      detail,
      fix: 'check that a reconciler runs, and search its log for “publishing failed, will retry”',
    }
  }
  if (waiting > WAITING_MAX) {
    const detail = `${waiting} rows wait in the outbox`
    return {
      ...failed,
      detail,
      fix: 'check that Kafka accepts writes, and read the reconciler’s log',
    }
  }
  return { outcome: 'ok', detail: `${waiting} rows wait in the outbox` }
}

/** Reports quarantined records that are not resolved. */
export function quarantineFinding({ quarantined }: Status): CheckFinding {
  if (quarantined === '0') return { outcome: 'ok', detail: 'nothing' }
  if (quarantined === null) {
    return {
      outcome: 'warning',
      detail: 'the broker does not answer',
      fix: 'see “a broker answers”',
    }
  }
  return {
    outcome: 'warning',
    detail: `${quarantined} ${quarantined === '1' ? 'record is' : 'records are'} kept in freshet.quarantine.v1`,
    means: 'a source sent unproven or unreadable records within the last 30 days',
    fix: 'read the reason in the headers of each record, and contact the source’s owner',
  }
}

/** Reports whether each edge has caught up. */
export function edgesFinding({
  items: page,
  groups = [],
  uncounted = 0,
}: EdgesAnswer): CheckFinding {
  const items = groups.length === 0 ? page : groups
  const edges = items.reduce((sum, each) => sum + (each.edges ?? 1), 0)
  const behind = items.filter(({ standing }) => standing !== 'synced' && standing !== 'closed')
  if (items.length === 0) {
    const means = 'no edge enforces the revocations, or its reports do not arrive'
    return {
      outcome: 'warning',
      detail: 'no edge reports',
      means,
      fix: 'start a sidecar or an edge',
    }
  }
  if (uncounted > 0) {
    return {
      outcome: 'failed',
      detail: `${uncounted} edges report over the limit of ${COUNTED_EDGES_MAX}`,
      means: 'a lag of these edges would not be visible, and no objective of edges is met',
      fix: 'let requests of several processes be judged by one sidecar; edges that ended without a report count for 15 min, those that close do not',
    }
  }
  if (behind.length === 0) return { outcome: 'ok', detail: `${edges} synced or closed` }
  return {
    outcome: 'failed',
    detail: behind
      .map(({ edge, standing, reportedAt }) => `${edge} is ${standing}, last report ${reportedAt}`)
      .join('; '),
    means: 'it calls no token fresh: the policy of each route decides, and denies by default',
    fix: 'check that its process runs and reaches the broker: it catches up by itself; the console removes an edge without reports after an hour',
  }
}
