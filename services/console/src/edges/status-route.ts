import type { LoadedRegistry } from '@freshet/authority'
import { answerForms as forms, type ChangeJson, type Status } from '@freshet/insight/answers'
import { changeJson, type LoggedChange, type PipelineView } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

type StatusParts = Pick<ConsoleParts, 'observatory' | 'loaded' | 'reader' | 'probes' | 'clock'>

/** Adds the current state of everything. */
export function addStatusRoute(app: Hono, parts: StatusParts): void {
  const { observatory, loaded, reader, probes, clock } = parts
  addView(app, '/v1/status', forms.Status, async () => {
    const policy = loaded()
    const status = pipelineJson(await observatory.pipeline(policy.registry, reader), policy)
    const measuredAt = formatRfc3339(clock.nowMs())
    return { measuredAt, ...status, probes: probes?.json() ?? null }
  })
}

/** The pipeline as the API gives it: positions as strings, times as RFC 3339. */
export function pipelineJson(
  view: PipelineView,
  { registry, hash }: LoadedRegistry,
): Omit<Status, 'apiVersion' | 'measuredAt' | 'probes'> {
  return {
    policy: { version: registry.version, hash, active: activeJson(view) },
    partitions: view.partitions.map((row) => ({
      partition: row.partition,
      e: String(row.e),
      position: String(row.nextOffset),
      end: row.end === null ? null : String(row.end),
      lag: row.lag === null ? null : String(row.lag),
      policyVersion: row.activePv,
      waiting: row.waiting,
      publishedAt: row.publishedAtMs === null ? null : formatRfc3339(row.publishedAtMs),
      ...(row.paused && { paused: pausedJson(row.paused) }),
      ...(row.hidden && {
        hidden: { rows: row.hidden.rows, at: formatRfc3339(row.hidden.atMs) },
      }),
    })),
    sources: view.sources.map(({ throughMs, ...source }) => ({
      ...source,
      through: throughMs === null ? null : formatRfc3339(throughMs),
    })),
    contradictions: view.contradictions.map(({ sinceMs, ...row }) => ({
      ...row,
      since: formatRfc3339(sinceMs),
    })),
    doubted: view.doubted.map(({ sinceMs, ...row }) => ({
      ...row,
      since: sinceMs === null ? null : formatRfc3339(sinceMs),
    })),
    omitted: view.omitted,
    openings: view.grants.map(({ fromMs, untilMs, ...rest }) => ({
      ...rest,
      from: formatRfc3339(fromMs),
      until: formatRfc3339(untilMs),
    })),
    quarantined: view.quarantined === null ? null : String(view.quarantined),
    lastChange: view.latest === null ? null : lastChangeJson(view.latest),
  }
}

function pausedJson({
  offset,
  sinceMs,
  ...pause
}: NonNullable<PipelineView['partitions'][number]['paused']>): NonNullable<
  Status['partitions'][number]['paused']
> {
  return { ...pause, offset: String(offset), since: formatRfc3339(sinceMs) }
}

/** The active version of the partition that is behind all others. */
function activeJson({ partitions }: PipelineView): Status['policy']['active'] {
  const [first] = partitions.toSorted((a, b) => a.activePv - b.activePv)
  return first === undefined ? null : { version: first.activePv, hash: first.activeHash }
}

/** The last change without its values: each page asks for this answer every few seconds. */
function lastChangeJson(latest: LoggedChange): ChangeJson {
  const change = changeJson(latest)
  return { ...change, changed: change.changed && { ...change.changed, lost: null, gained: null } }
}
