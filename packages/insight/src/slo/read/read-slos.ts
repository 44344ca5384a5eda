import { type BurnRow, burnRows, LATENCY_BUCKETS, type Sli, type Slo } from '@freshet/protocol/slo'
import {
  readDocuments,
  type AlertPolicyDocument,
  type SloDocument,
  type SloFileDocument,
} from './documents.ts'
import { sliQueries, type SliQueries } from './sli-queries.ts'
import { SloFileError, type SloFinding, type SloRule } from './slo-finding.ts'

/** An objective as its file has it. */
export interface SloEntry {
  readonly slo: Slo
  /** Rows of the table of burn rates that it alerts by. */
  readonly rows: readonly BurnRow[]
  readonly queries: SliQueries
}

/**
 * The objectives of a file of OpenSLO v1 documents, in its order.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
export function readSlos(text: string): readonly Slo[] {
  return readSloFile(text).map(({ slo }) => slo)
}

/**
 * The same with what the rules of Prometheus are made from.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
export function readSloFile(text: string): readonly SloEntry[] {
  const documents = readDocuments(text)
  const policies = new Map(
    documents.flatMap((one) => (one.kind === 'AlertPolicy' ? [[one.metadata.name, one]] : [])),
  ) satisfies ReadonlyMap<string, AlertPolicyDocument>
  const slos = documents.filter((one): one is SloDocument => one.kind === 'SLO')
  const findings = [
    ...twice(documents),
    ...documents.flatMap((one) => unknownIn(one, documents)),
    ...slos.flatMap((one) => findingsOf(one, policies)),
  ]
  if (findings.length > 0) throw new SloFileError(findings)
  return slos.map((one) => entryOf(one, policies))
}

function labelOf({ kind, metadata }: SloFileDocument): string {
  return `${kind} ${metadata.name}`
}

function twice(documents: readonly SloFileDocument[]): readonly SloFinding[] {
  const labels = documents.map(labelOf)
  return [...new Set(labels.filter((label, index) => labels.indexOf(label) !== index))].map(
    (document) => {
      const message = 'is there more than once'
      return { document, member: 'metadata.name', rule: 'name.twice' as const, message }
    },
  )
}

/** References to services, data sources and targets that no document is. */
function unknownIn(
  document: SloFileDocument,
  all: readonly SloFileDocument[],
): readonly SloFinding[] {
  const known = new Set(all.map(labelOf))
  return referencesOf(document).flatMap(([member, label]) =>
    known.has(label)
      ? []
      : [
          {
            document: labelOf(document),
            member,
            rule: 'reference.unknown' as const,
            message: `there is no ${label}`,
          },
        ],
  )
}

function referencesOf(document: SloFileDocument): readonly (readonly [string, string])[] {
  if (document.kind === 'AlertPolicy') {
    return document.spec.notificationTargets.map(
      ({ targetRef }, index) =>
        [`spec.notificationTargets.${index}`, `AlertNotificationTarget ${targetRef}`] as const,
    )
  }
  if (document.kind !== 'SLO') return []
  const { ratioMetric } = document.spec.indicator.spec
  const sources = (['good', 'bad', 'total'] as const).flatMap((member) => {
    const source = ratioMetric[member]?.metricSource.metricSourceRef
    const at = `spec.indicator.spec.ratioMetric.${member}`
    return source === undefined ? [] : [[at, `DataSource ${source}`] as const]
  })
  return [['spec.service', `Service ${document.spec.service}`] as const, ...sources]
}

const DAYS = { d: 1, w: 7 }
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000 }
const MS_PER_SECOND = 1_000
const OF_A_CLASS: ReadonlySet<Sli> = new Set(['change-complete', 'edge-apply'])
const TIMED: ReadonlySet<Sli> = new Set([
  'change-complete',
  'edge-apply',
  'edge-fresh',
  'source-ingest',
])

/** Returns the objective of a document. {@link findingsOf} decides if it can be measured. */
function entryOf(
  document: SloDocument,
  policies: ReadonlyMap<string, AlertPolicyDocument>,
): SloEntry {
  const { metadata, spec } = document
  const windowDays = daysOf(spec.timeWindow[0].duration)
  const names = new Set(spec.alertPolicies.map(({ alertPolicyRef }) => alertPolicyRef))
  const chosen = [...policies].flatMap(([name, policy]) =>
    names.has(name) ? [policy.spec.conditions[0].spec] : [],
  )
  const rows = burnRows(windowDays).filter(({ severity, long }) =>
    chosen.some((one) => one.severity === severity && one.condition.lookbackWindow === long),
  )
  const slo: Slo = {
    name: metadata.name,
    sli: metadata.annotations['freshet.dev/sli'],
    class: metadata.annotations['freshet.dev/class'] ?? null,
    thresholdMs: msOf(metadata.annotations['freshet.dev/threshold']),
    target: spec.objectives[0].target,
    description: spec.description,
    windowDays,
    alerts: [...new Set(rows.map(({ severity }) => severity))],
    alertWindows: rows.map(({ long }) => long),
  }
  return { slo, rows, queries: queriesIn(document) }
}

/** Returns the rules that a document of the right form breaks. */
function findingsOf(
  document: SloDocument,
  policies: ReadonlyMap<string, AlertPolicyDocument>,
): readonly SloFinding[] {
  const { slo, queries } = entryOf(document, policies)
  const finding = (rule: SloRule, member: string, message: string): SloFinding => {
    return { document: `SLO ${slo.name}`, rule, member, message }
  }
  const meant = measurementFindings(slo, finding)
  if (meant.length > 0) return meant
  return [...queryFindings(slo, queries, finding), ...factorFindings(document, policies, finding)]
}

type FindingOf = (rule: SloRule, member: string, message: string) => SloFinding

function measurementFindings(slo: Slo, finding: FindingOf): readonly SloFinding[] {
  const { sli, thresholdMs } = slo
  const at = (name: string): string => `metadata.annotations.freshet.dev/${name}`
  const form = [
    ...mustHave(finding, OF_A_CLASS.has(sli), slo.class, {
      rule: 'class.form',
      at: at('class'),
      sli,
    }),
    ...mustHave(finding, TIMED.has(sli), thresholdMs, {
      rule: 'threshold.form',
      at: at('threshold'),
      sli,
    }),
  ]
  // The age of a view is a gauge and can be cut anywhere.
  const isCounted = thresholdMs !== null && sli !== 'edge-fresh'
  if (form.length > 0 || !isCounted || LATENCY_BUCKETS.includes(thresholdMs / MS_PER_SECOND))
    return form
  const message = `must be a bound of the buckets, in seconds one of ${LATENCY_BUCKETS.join(' ')}`
  return [finding('threshold.bucket', at('threshold'), message)]
}

function mustHave(
  finding: FindingOf,
  isWanted: boolean,
  value: unknown,
  { rule, at, sli }: { rule: SloRule; at: string; sli: Sli },
): readonly SloFinding[] {
  if (isWanted === (value !== null)) return []
  return [finding(rule, at, isWanted ? `must be there for ${sli}` : `means nothing for ${sli}`)]
}

function queryFindings(slo: Slo, stated: SliQueries, finding: FindingOf): readonly SloFinding[] {
  const wanted = sliQueries(slo)
  const at = 'spec.indicator.spec.ratioMetric'
  return (['counter', 'good', 'bad', 'total'] as const).flatMap((member) => {
    if (stated[member] === wanted[member]) return []
    const message =
      wanted[member] === undefined ? 'must not be there' : `must be ${String(wanted[member])}`
    return [finding('query.differs', `${at}.${member}`, message)]
  })
}

/** A factor spends its share of the budget only over the window that it was computed for. */
function factorFindings(
  document: SloDocument,
  policies: ReadonlyMap<string, AlertPolicyDocument>,
  finding: FindingOf,
): readonly SloFinding[] {
  const table = burnRows(daysOf(document.spec.timeWindow[0].duration))
  return document.spec.alertPolicies.flatMap(({ alertPolicyRef }, index) => {
    const policy = policies.get(alertPolicyRef)
    const at = `spec.alertPolicies.${index}.alertPolicyRef`
    if (policy === undefined)
      return [finding('reference.unknown', at, `no AlertPolicy ${alertPolicyRef}`)]
    const { severity, condition } = policy.spec.conditions[0].spec
    const row = table.find(
      (one) => one.severity === severity && one.long === condition.lookbackWindow,
    )
    if (row?.factor === condition.threshold && row.short === condition.alertAfter) return []
    const message = row
      ? `${alertPolicyRef} must have threshold ${row.factor} and alertAfter ${row.short} here`
      : `there is no ${severity} over ${condition.lookbackWindow}`
    return [finding('alert.factor', at, message)]
  })
}

function queriesIn({ spec }: SloDocument): SliQueries {
  const { counter, good, bad, total } = spec.indicator.spec.ratioMetric
  return {
    counter,
    ...(good && { good: good.metricSource.spec.query }),
    ...(bad && { bad: bad.metricSource.spec.query }),
    total: total.metricSource.spec.query,
  }
}

function daysOf(duration: string): number {
  return Number.parseInt(duration, 10) * DAYS[duration.at(-1) as keyof typeof DAYS]
}

function msOf(time: string | undefined): number | null {
  const [, amount, unit] = /^(\d+)(ms|s|m)$/.exec(time ?? '') ?? []
  return unit === undefined ? null : Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]
}
