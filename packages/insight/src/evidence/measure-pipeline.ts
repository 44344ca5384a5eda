import { oldestViewMs, STALE_VIEW_MS } from '@freshet/protocol/slo'
import { countOf } from '../findings/words.ts'
import type { PipelineSource } from '../pipeline/pipeline.ts'
import { measured, named, unmeasured, type Figure } from './figure.ts'
import type { Measurements } from './measurements.ts'

/**
 * Measures whether every source is within its lease; beyond it, silence no longer counts as “nothing
 * changed”.
 */
export function sourcesWithHeartbeats({ sources }: Measurements): Figure {
  const scale = { unit: 'sources with an expired lease', limit: 'none' }
  if (sources === undefined) return unmeasured(scale, 'the pipeline was not read')
  if (sources.length === 0) return unmeasured(scale, 'the registry names no source of a tenant')
  const silent = sources.filter(({ standing }) => standing !== 'live')
  const detail =
    silent.length === 0
      ? `${sources.length} of ${sources.length} sources are within their leases`
      : named(silent.map(statusText))
  return measured(scale, silent.length, silent.length === 0, detail)
}

function statusText({ tenant, source, standing, leaseMs }: PipelineSource): string {
  return `${source} of ${tenant} is ${standing} (lease ${leaseMs / 1000} s)`
}

/** Measures whether every reporting edge has a view that is young enough. An edge that is away is unknown. */
export function edgesFresh({ edges }: Measurements): Figure {
  const scale = {
    unit: 'ms, oldest view of an edge',
    limit: `every edge synced, ${STALE_VIEW_MS / 1_000} s at most`,
  }
  const running = edges?.filter(({ standing }) => standing !== 'closed') ?? []
  if (running.length === 0) return unmeasured(scale, 'no edge reports')
  const away = running.filter(({ standing }) => standing === 'disconnected')
  const near = running.filter(({ standing }) => standing !== 'disconnected')
  const behind = near.filter(({ standing }) => standing !== 'synced')
  const ages = near.map(oldestViewMs).filter((age) => age !== null)
  const statusesOf = (these: typeof running): string =>
    named(these.map(({ edge, standing }) => `${edge} is ${standing}`))
  if (behind.length > 0) return measured(scale, Math.max(0, ...ages), false, statusesOf(behind))
  if (away.length > 0) return unmeasured(scale, statusesOf(away))
  return measured(
    scale,
    Math.max(0, ...ages),
    true,
    `${countOf(near.length, 'edge is', 'edges are')} synced`,
  )
}

/** Measures whether every partition uses the shown version. */
export function policyActive({ partitions, registry, hash }: Measurements): Figure {
  const scale = { unit: 'partitions with another version', limit: 'none' }
  if (registry === undefined || !partitions?.length) {
    return unmeasured(scale, 'no partition has activated a version')
  }
  const others = partitions.filter(({ activeHash }) => activeHash !== hash)
  const detail =
    others.length === 0
      ? `version ${registry.version} is active in ${partitions.length} of ${partitions.length} partitions`
      : named(others.map(({ partition, activePv }) => `partition ${partition} has ${activePv}`))
  return measured(scale, others.length, others.length === 0, detail)
}

/** Measures whether a record waits in the quarantine: a change that was sent and not applied. */
export function quarantineEmpty({ quarantined }: Measurements): Figure {
  const scale = { unit: 'records that wait in quarantine', limit: 'none' }
  if (quarantined === undefined) return unmeasured(scale, 'the quarantine was not read')
  return measured(
    scale,
    quarantined,
    quarantined === 0,
    `${countOf(quarantined, 'record waits', 'records wait')} for an operator`,
  )
}
