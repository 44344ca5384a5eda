import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { metricsCatalogue, type MetricEntry } from './catalogue.ts'

const HEAD = `# Metrics

This page lists the metrics at \`/metrics\` of the services, in the text format of Prometheus. Units are base units and part of the name. A name
that ends in \`_seconds\` is in seconds, and one that ends in \`_total\` only grows until its process ends. A histogram has
\`_bucket\`, \`_sum\` and \`_count\` besides its name.

Labels have values of closed lists, or names of the registry file, up to a limit. Values beyond the limit are \`other\`. No
subject, token or trace is ever a label, and a tenant only if the registry names it. [Objectives](slos.md) names the rules and boards that use them.

Every process also exports \`process_*\` and \`nodejs_*\` of the library prom-client.

This page is generated from the registrations of \`packages/telemetry\` by \`node infra/run/metrics-page.mjs\`.
`

const COLUMNS = ['metric', 'type', 'labels', 'unit', 'is'] as const

/** The page of all metrics, in Markdown. A name that two families register stands with the first. */
function metricsPage(): string {
  const seen = new Set<string>()
  const sections = metricsCatalogue().flatMap(({ title, entries }) => {
    const own = entries.filter(({ name }) => !seen.has(name))
    for (const { name } of own) seen.add(name)
    return own.length === 0 ? [] : [`## ${title}\n\n${tableOf(own.map(rowOf))}`]
  })
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`
}

/** The unit that a name ends in. */
function unitOf({ name, type }: Pick<MetricEntry, 'name' | 'type'>): string {
  const [, unit] = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name) ?? []
  if (unit !== undefined) return unit
  if (name.endsWith('_info')) return '-'
  return type === 'histogram' ? (name.split('_').at(-1) ?? '') : 'count'
}

function rowOf(entry: MetricEntry): readonly string[] {
  const { name, type, labels, help } = entry
  const named = labels.length === 0 ? '-' : labels.map((label) => `\`${label}\``).join(', ')
  return [`\`${name}\``, type, named, unitOf(entry), help]
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const separators = COLUMNS.map(() => '---')
  return [COLUMNS, separators, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

// `node packages/telemetry/dist/prometheus/generate-metrics-page.js` writes docs/metrics.md; with `--check` it
// writes nothing and exits 1 where the page is not what is registered.
const page = new URL('../../../../docs/metrics.md', import.meta.url)

if (!nodeProcess.argv.includes('--check')) writeFileSync(page, metricsPage())
else if (readFileSync(page, 'utf8') !== metricsPage()) {
  nodeProcess.stderr.write('docs/metrics.md is not what packages/telemetry registers\n')
  nodeProcess.exitCode = 1
}
