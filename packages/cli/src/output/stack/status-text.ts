import type { EdgesAnswer, Status } from '@freshet/insight/answers'
import type { ServiceStanding } from '../../status/ask-services.ts'
import type { Colors } from '../colors.ts'
import { edgesText, groupsText } from './edges-text.ts'
import { printable } from '../printable.ts'
import { tableOf } from '../table.ts'

/** Everything that the screen shows. */
export interface ShownStatus extends Status {
  readonly services: readonly ServiceStanding[]
  /** A page of them. */
  readonly edges: EdgesAnswer['items']
  /** The groups of all edges, if there are too many to measure each. */
  readonly groups: EdgesAnswer['items']
}

/**
 * Returns whether every service is ready, every source has a current lease and every running edge is synced.
 */
export function isHealthy(all: ShownStatus): boolean {
  const { services, sources, edges, groups, policy, partitions, probes } = all
  return (
    (probes ?? []).every(({ broken }) => broken === null) &&
    services.every(({ state }) => state === 'ready') &&
    sources.every(({ standing }) => standing === 'live') &&
    [...edges, ...groups].every(({ standing }) => standing === 'synced' || standing === 'closed') &&
    policy.active?.hash === policy.hash &&
    partitions.length > 0 &&
    partitions.every(({ lag }) => lag !== null)
  )
}

/** One screen. */
export function statusText(standing: ShownStatus, colors: Colors): string {
  const { services, sources, partitions, edges, groups, openings, contradictions } = standing
  const parts = [
    headline(standing, colors),
    ...(services.length === 0 ? [] : [servicesText(services)]),
    ...(openings.length === 0 ? [] : [openingsText(openings)]),
    sourcesText(sources),
    ...(contradictions.length === 0 ? [] : [contradictionsText(contradictions)]),
    partitionsText(partitions),
    groups.length === 0 ? edgesText({ items: edges }) : groupsText(groups),
  ]
  return parts.join('\n\n')
}

function headline(standing: ShownStatus, { green, red }: Colors): string {
  const { policy, quarantined, lastChange } = standing
  const well = isHealthy(standing) ? green('all is well') : red('something is not well')
  const active = policy.active === null ? 'none' : String(policy.active.version)
  const version =
    policy.active?.hash === policy.hash ? active : `${active} (loaded: another, ${policy.version})`
  const last =
    lastChange === null
      ? 'none'
      : `${lastChange.id} of ${lastChange.source}, ${lastChange.outcome} ${lastChange.recordedAt}`
  return [
    well,
    `policy version ${version}; quarantined: ${quarantined ?? 'unknown'}`,
    printable(`last change: ${last}`),
    ...probesTold(standing.probes),
  ].join('\n')
}

function probesTold(probes: ShownStatus['probes']): readonly string[] {
  if (probes === undefined) return []
  if (probes === null)
    return ['probes: off, so an outage without traffic is not detected (docs/probes.md)']
  if (probes.length === 0) return ['probes: none has ended yet']
  return probes.map(({ claim, at, tookMs, broken }) => {
    const took = tookMs === null ? 'not refused in time' : `refused after ${Math.round(tookMs)} ms`
    const where =
      broken === null
        ? ''
        : `; broken: ${[broken.step, broken.at ?? []].flat().join(' at ')}: ${broken.why}`
    return printable(`probe of ${claim}: ${took} (${at})${where}`)
  })
}

function servicesText(services: ShownStatus['services']): string {
  return tableOf(
    ['SERVICE', 'STATE', 'VERSION'].map((heading) => ({ heading })),
    services.map(({ service, state, version }) => [service, state, version ?? '-']),
  )
}

/** The break-glass grants in force. */
export function openingsText(openings: ShownStatus['openings']): string {
  return tableOf(
    ['BREAK-GLASS', 'TENANT', 'AUDIENCE', 'ROUTE', 'CLAIM', 'UNTIL', 'BY', 'REASON'].map(
      (heading) => ({ heading }),
    ),
    openings.map(({ id, tenant, audience, route, claim, until, by, reason }) => [
      id,
      tenant,
      audience,
      route,
      claim,
      until,
      by,
      reason,
    ]),
  )
}

function sourcesText(sources: ShownStatus['sources']): string {
  return tableOf(
    [
      ...['SOURCE', 'TENANT', 'STATUS', 'LAST HEARD', 'LEASE'].map((heading) => ({ heading })),
      { heading: 'MISSED CHANGES', align: 'right' },
    ],
    sources.map(({ source, tenant, standing, through, leaseMs, missed }) => [
      source,
      tenant,
      standing,
      through ?? 'not everywhere',
      `${leaseMs / 1000} s`,
      String(missed),
    ]),
  )
}

/** Tokens carry the values that both sources state. */
function contradictionsText(contradictions: ShownStatus['contradictions']): string {
  return tableOf(
    [
      ...['CONTRADICTED', 'TENANT', 'SOURCES'].map((heading) => ({ heading })),
      { heading: 'SUBJECTS', align: 'right' },
      { heading: 'SINCE' },
    ],
    contradictions.map(({ claim, tenant, source, corroborates, subjects, since }) => {
      return [claim, tenant, `${source}, ${corroborates}`, String(subjects), since]
    }),
  )
}

function partitionsText(partitions: ShownStatus['partitions']): string {
  if (partitions.length === 0) return 'no reconciler has run yet'
  return tableOf(
    [
      { heading: 'PARTITION' },
      { heading: 'POSITION', align: 'right' },
      { heading: 'LAG', align: 'right' },
      { heading: 'OUTBOX', align: 'right' },
      { heading: 'PUBLISHED' },
    ],
    partitions.map(({ partition, e, position, lag, waiting, publishedAt }) => [
      partition === 0 ? '0 control' : String(partition),
      `${e}/${position}`,
      lag ?? '?',
      String(waiting),
      publishedAt ?? 'never',
    ]),
  )
}
