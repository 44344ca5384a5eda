import { CLOCK_TOLERANCE_MS } from '@freshet/protocol'
import type { Status } from '../answers/health.ts'
import type { FindingRule } from './finding-rule.ts'
import { spanOf, timeMs } from './words.ts'

/**
 * The silence of a source that is late, of its lease. A busy machine delays heartbeats by up to half of a short lease;
 * the alert for that waits 30 s.
 */
const LATE_OF_LEASE = 0.8

type Source = Status['sources'][number]

/** A source, and the time since its last heartbeat in the partition that is behind all others. */
interface SourceSilence {
  readonly source: Source
  readonly silentMs: number
}

/** Findings about the heartbeats of sources. */
export const sourceHealth: Readonly<
  Record<'sourceSilent' | 'sourceLate' | 'sourceUnheard', FindingRule>
> = {
  sourceSilent: {
    alert: 'sourceSilent',
    weight: 'not-fresh',
    effect: 'its claims are unverified at every edge and are not minted',
    find: findSources(
      ({ source: { standing } }) => standing !== 'live' && standing !== 'unheard',
      (each) => {
        const { source, silentMs } = each
        const { standing, through, leaseMs } = source
        const aheadMs = aheadOf(each)
        if (aheadMs !== undefined)
          return `is ${standing}: the time of its heartbeats is ahead by ${spanOf(aheadMs)}, so they do not count`
        const lastHeartbeat =
          through === null
            ? 'no heartbeat yet in some partition'
            : `last heard ${spanOf(silentMs)} ago`
        return `is ${standing}: ${lastHeartbeat}, lease ${leaseMs / 1000} s`
      },
    ),
  },
  sourceLate: {
    alert: 'sourceSilent',
    weight: 'degraded',
    effect: 'its claims become unverified at every edge when the lease expires',
    find: findSources(
      ({ source: { standing, leaseMs }, silentMs }) =>
        standing === 'live' && silentMs > LATE_OF_LEASE * leaseMs,
      ({ source: { leaseMs }, silentMs }) =>
        `was last heard ${spanOf(silentMs)} ago; its lease is ${leaseMs / 1000} s`,
    ),
  },
  // It has no alert: a source that never sent anything is perhaps not in use yet.
  sourceUnheard: {
    alert: null,
    weight: 'degraded',
    effect: 'its claims are not minted',
    find: findSources(
      ({ source: { standing } }) => standing === 'unheard',
      () => 'has never sent a heartbeat',
    ),
  },
}

function findSources(
  isMeant: (silence: SourceSilence) => boolean,
  whatOf: (silence: SourceSilence) => string,
): FindingRule['find'] {
  return ({ status }) => {
    const nowMs = timeMs(status?.measuredAt)
    return (status?.sources ?? [])
      .map((source) => ({ source, silentMs: nowMs - timeMs(source.through) }))
      .filter(isMeant)
      .map((silence) => {
        const { source: object, tenant, through } = silence.source
        const what = `${object} of ${tenant} ${whatOf(silence)}`
        return {
          object,
          tenant,
          what,
          since: through ?? undefined,
          remedy: remedyFor(silence),
        }
      })
  }
}

/** Returns by how much the time of a silent source is ahead; `undefined`: it is not. */
function aheadOf({ source: { standing, aheadMs }, silentMs }: SourceSilence): number | undefined {
  if (standing !== 'silent') return undefined
  return aheadMs ?? (silentMs < -CLOCK_TOLERANCE_MS ? -silentMs : undefined)
}

function remedyFor(silence: SourceSilence): string {
  const { source, standing, awaits = [] } = silence.source
  const kinds = awaits.length > 0 ? ` with ${awaits.join(' and ')}` : ''
  if (standing === 'hole')
    return `let ${source} send the change with the number in \`next\`: GET /v1/sources/${source}, or a snapshot${kinds}`
  if (standing === 'halted')
    return `let ${source} send a complete snapshot${kinds}, or end or confirm an open one (snapshot-begin … snapshot-end); the reason: freshet quarantine ls --source ${source}`
  if (standing === 'ending')
    return `wait: the reconciler removes the claims that the snapshot of ${source} does not contain; GET /v1/sources/${source} shows in which partitions`
  if (aheadOf(silence) !== undefined)
    return `set the clocks of ${source}, of its gateway and of the brokers (NTP): its next right heartbeat counts at once; GET /v1/sources/${source} has \`aheadMs\``
  return `check that ${source} runs, and that its heartbeats are answered 202 (POST /v1/heartbeats)`
}
