import type {
  EdgesAnswer,
  Status,
  HealthCause,
  ObservedJson,
  RefusedJson,
} from '@freshet/insight/answers'
import type { Health } from '@freshet/insight'
import type { ServiceStatus } from '../../status/ask-services.ts'
import { edgesText, groupsText } from '../stack/edges-text.ts'
import { grantsText } from '../stack/grants-text.ts'
import { sourcesText } from '../stack/sources-text.ts'
import { printable } from '../printable.ts'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View, type Colors } from '../view.ts'
import { spanText } from '../age.ts'

/** The figures of the console. */
export interface StatusFigures extends Status {
  /** A page of them. */
  readonly edges: EdgesAnswer['items']
  /** The groups of all edges, if there are too many to measure each. */
  readonly groups: EdgesAnswer['items']
}

/** Everything that the screen shows. */
export interface ShownStatus {
  readonly health: Health
  readonly services: readonly ServiceStatus[]
  /** Absent while the console does not answer. */
  readonly figures?: StatusFigures
  /** The tenant of probes, in which the real sources appear once more: they count in no summary. Absent: all count. */
  readonly probeTenant?: string
}

/** Returns the data of `-o json`: the members of the verdict and of the figures, side by side. */
export function statusData({ health, services, figures }: ShownStatus): object {
  return { ...health, ...figures, services, healthy: health.state === 'fresh' }
}

/** One screen: the verdict with its causes, the counts, and the rows with a fault; `all`: every row. */
export function statusText(shown: ShownStatus, view: View = PLAIN_VIEW, all = false): string {
  const { health, services, figures } = shown
  const verdict = healthText(health, view.colors)
  const shownServices = services.filter(({ state }) => all || state !== 'ready')
  const named = shownServices.length === 0 ? [] : [listOf(SERVICE_COLUMNS, shownServices, view)]
  if (figures === undefined) return [verdict, ...named].join('\n\n')
  return [verdict, summary(shown, figures), ...named, ...tablesOf(figures, { view, all })].join(
    '\n\n',
  )
}

function tablesOf(
  figures: StatusFigures,
  { view, all }: { readonly view: View; readonly all: boolean },
): readonly string[] {
  const { openings, contradictions, groups } = figures
  const sources = figures.sources.filter(({ standing }) => all || standing !== 'live')
  const edges = figures.edges.filter(({ standing }) => all || !WELL.has(standing))
  const partitions = figures.partitions.filter(
    ({ lag, paused }) => all || lag === null || paused !== undefined,
  )
  return [
    ...(openings.length === 0 ? [] : [grantsText(openings, view)]),
    ...(sources.length === 0 ? [] : [sourcesText(sources, view)]),
    ...(contradictions.length === 0 ? [] : [listOf(CONTRADICTION_COLUMNS, contradictions, view)]),
    ...(partitions.length === 0 ? [] : [listOf(PARTITION_COLUMNS, partitions, view)]),
    ...(groups.length > 0 ? [groupsText(groups, view)] : []),
    ...(groups.length === 0 && edges.length > 0 ? [edgesText({ items: edges }, view)] : []),
  ]
}

const WELL: ReadonlySet<string> = new Set(['synced', 'closed'])

/** The services that the console asks, as it counts them itself; without these, those that were asked here. */
function servicesCount({ health, services }: ShownStatus): readonly string[] {
  const counted: readonly Pick<ServiceStatus, 'state'>[] =
    health.services?.map(({ state }) => ({ state: state === 'ready' ? state : 'not ready' })) ??
    services
  return counted.length === 0 ? [] : [share('services', counted, ({ state }) => state === 'ready')]
}

function summary(shown: ShownStatus, figures: StatusFigures): string {
  const { probeTenant } = shown
  const { policy, quarantined, lastChange, edges, groups } = figures
  const sources = figures.sources.filter(({ tenant }) => tenant !== probeTenant)
  const every = groups.length === 0 ? edges : groups
  const counts = [
    ...servicesCount(shown),
    share('sources', sources, ({ standing }) => standing === 'live'),
    share(groups.length === 0 ? 'edges' : 'groups', every, ({ standing }) => WELL.has(standing)),
    `quarantined ${quarantined ?? 'unknown'}`,
  ]
  const active = policy.active === null ? 'none' : String(policy.active.version)
  const version =
    policy.active?.hash === policy.hash ? active : `${active} (loaded: another, ${policy.version})`
  const last =
    lastChange === null
      ? 'none'
      : `${lastChange.id} of ${lastChange.source}, ${lastChange.outcome} ${lastChange.recordedAt}`
  return [
    `${counts.join('   ')}   policy version ${version}`,
    printable(`last change: ${last}`),
    ...probesText(figures.probes),
  ].join('\n')
}

function share<Row>(name: string, rows: readonly Row[], isWell: (row: Row) => boolean): string {
  return `${name} ${rows.filter(isWell).length}/${rows.length}`
}

function probesText(probes: StatusFigures['probes']): readonly string[] {
  if (probes === undefined) return []
  if (probes === null)
    return ['probes: off, so an outage without traffic is not detected (docs/health.md)']
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

const SERVICE_COLUMNS: readonly Column<ServiceStatus>[] = [
  { heading: 'SERVICE', of: ({ service }) => service },
  { heading: 'STATE', of: ({ state }) => state },
  { heading: 'VERSION', of: ({ version }) => version ?? '-' },
]

/** Tokens carry the values that both sources state. */
const CONTRADICTION_COLUMNS: readonly Column<StatusFigures['contradictions'][number]>[] = [
  { heading: 'CONTRADICTED', of: ({ claim }) => claim },
  { heading: 'TENANT', of: ({ tenant }) => tenant },
  { heading: 'SOURCES', of: ({ source, corroborates }) => `${source}, ${corroborates}` },
  { heading: 'SUBJECTS', of: ({ subjects }) => String(subjects), align: 'right' },
  { heading: 'SINCE', of: ({ since }) => since },
]

const PARTITION_COLUMNS: readonly Column<StatusFigures['partitions'][number]>[] = [
  {
    heading: 'PARTITION',
    of: ({ partition }) => (partition === 0 ? '0 control' : String(partition)),
  },
  { heading: 'POSITION', of: ({ e, position }) => `${e}/${position}`, align: 'right' },
  { heading: 'LAG', of: ({ lag }) => lag ?? '?', align: 'right' },
  { heading: 'OUTBOX', of: ({ waiting }) => String(waiting), align: 'right' },
  { heading: 'PUBLISHED', of: ({ publishedAt }) => publishedAt ?? 'never' },
]

/** The symptoms that a cause names; the others are counted. */
const SYMPTOMS_SHOWN = 6

/** The verdict in one line, the routes that refuse requests, then each cause with its effect and the next action. */
export function healthText(health: Health, colors: Colors): string {
  const refused = (health.refused ?? []).map((route) => refusedText(route, health, colors))
  const causes = health.causes.map((cause) => causeText(cause, health, colors))
  const observed = (health.observed ?? []).map((route) => observedText(route, colors))
  const parts = [headline(health, colors), ...refused, ...causes]
  return [...parts, ...(observed.length === 0 ? [] : [observed.join('\n')])].join('\n\n')
}

/** A route that refuses requests now, and the commands that open it: first each one that only asks. */
function refusedText(
  { tenant, audience, route, perSecond, since, claims, open, closed }: RefusedJson,
  { asOf }: Health,
  { bold, dim }: Colors,
): string {
  const where = `REFUSED NOW: ${route} of ${audience}, ${perSecond} requests/s`
  const because = `${claims.join(', ')} of ${tenant} ${claims.length === 1 ? 'is' : 'are'} unverified`
  const lines: readonly (readonly [string, string])[] = [
    ['why', because],
    ...open.map((command) => ['check', `${command} --dry-run`] as const),
    ...open.map((command) => ['open', command] as const),
    ...(closed === null ? [] : [['closed', `no command opens it: ${closed}`] as const]),
  ]
  const shown = lines.map(([label, text]) => `  ${dim(label.padEnd(8))} ${printable(text)}`)
  return [`${bold(printable(where))}, since ${clockOf(since)}${ageOf(since, asOf)}`, ...shown].join(
    '\n',
  )
}

/** The requests on an observed route that used a right after its end, and the greatest age. */
function observedText(observed: ObservedJson, { bold }: Colors): string {
  const { tenant, audience, route, requests, gone, undated, oldestMs, since } = observed
  const where = bold(printable(`${route} of ${audience}, ${tenant}, observed`))
  const dated = oldestMs === null ? '' : `, the oldest for ${spanText(oldestMs)}`
  const unknown = undated === 0 ? '' : `; the time is not known for ${undated}`
  const used =
    gone === 0
      ? `none of ${requests} requests used a right that was already gone`
      : `${gone} of ${requests} requests used rights that were already gone${dated}${unknown}`
  return `${where} since ${clockOf(since)}: ${used}`
}

function headline({ state, since, asOf }: Health, { green, yellow, red, bold }: Colors): string {
  const color = { fresh: green, degraded: yellow, 'not-fresh': red, unknown: red }[state]
  const word = bold(color(state.replace('-', ' ').toUpperCase()))
  const begun = since === null ? '' : ` since ${clockOf(since)}${ageOf(since, asOf)}`
  return `${word}${begun}${asOf === null ? '' : `, as of ${clockOf(asOf)}`}`
}

function causeText(cause: HealthCause, { asOf }: Health, { bold, dim }: Colors): string {
  const { what, since, effect, do: next, runbook, who, symptoms } = cause
  const begun = since === null ? '' : `, since ${clockOf(since)}${ageOf(since, asOf)}`
  const named = symptoms.slice(0, SYMPTOMS_SHOWN).map((each) => `${each.finding} ${each.object}`)
  const more = symptoms.length - named.length
  const lines: readonly (readonly [string, string | null])[] = [
    ['effect', effect],
    ['do', next],
    ['who', who],
    ['runbook', runbook],
    [
      'follows',
      named.length === 0 ? null : `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    ],
  ]
  const shown = lines.flatMap(([label, text]) =>
    text === null ? [] : `  ${dim(label.padEnd(8))} ${printable(text)}`,
  )
  return [`${bold(printable(what))}${begun}`, ...shown].join('\n')
}

/** The time of day in UTC. */
function clockOf(time: string): string {
  return `${time.slice(11, 19)}Z`
}

/** The time between, by the console’s clock. */
function ageOf(since: string, asOf: string | null): string {
  return asOf === null ? '' : ` (${spanText(Math.max(0, Date.parse(asOf) - Date.parse(since)))})`
}
