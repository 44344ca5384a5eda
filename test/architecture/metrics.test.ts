import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { planLogins } from '@freshet/postgres'
import { metricsCatalogue } from '@freshet/telemetry'
import { describe, expect, it } from 'vitest'
import { allPages, ROOT } from '../docs/pages.ts'

/** Names of the same form that are roles, logins and settings of the database. */
const NO_METRICS: ReadonlySet<string> = new Set([
  ...planLogins().map(({ login }) => login),
  'freshet_ledger',
  'freshet_migration',
  'freshet_outbox',
  'freshet_reader',
  'freshet_subjects',
  'freshet_system',
  'freshet_tenant',
  'freshet_touch',
])

const metrics = new Set(
  metricsCatalogue()
    .flatMap(({ entries }) => entries)
    .map(({ name }) => name),
)

/** Returns the names of metrics in a text, without the suffixes of a histogram. */
function metricsIn(text: string): readonly string[] {
  const names = text.match(/\b(?:freshet|http_server)_[a-z0-9_]+\b/g) ?? []
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))]
}

/** Returns the names in a text that are no metric. */
function unknownIn(text: string): readonly string[] {
  return metricsIn(text).filter((name) => !metrics.has(name) && !NO_METRICS.has(name))
}

const made = ['infra/slo', 'infra/prometheus', 'infra/grafana', 'test/prometheus/alerts']
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

describe('metrics', () => {
  it('are in the catalogue (packages/telemetry/src/prometheus/catalogue.ts), each that the code registers', () => {
    const folder = join(ROOT, 'packages/telemetry/src')
    const registered = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').match(/'freshet_[a-z_]+'/g) ?? [])
      .map((quoted) => quoted.replaceAll("'", ''))
      .filter((name) => name !== 'freshet_')
    expect(registered.length).toBeGreaterThan(10)
    expect(registered.filter((name) => !metrics.has(name))).toEqual([])
  })

  it.each([...allPages(), ...made])('exist that $path names', ({ text }) => {
    expect(unknownIn(text)).toEqual([])
  })

  it('control: one that does not exist would be found, also as a part of a histogram', () => {
    const text = 'sum(rate(freshet_events_total[5m])) / freshet_made_up_seconds_bucket{le="1"}'
    expect(unknownIn(text)).toEqual(['freshet_made_up_seconds'])
    expect(unknownIn('freshet_stage_duration_seconds_count')).toEqual([])
  })
})
