import { readFileSync } from 'node:fs'
import { KAFKA_VERSION } from '@freshet/local-kafka'
import { describe, expect, it } from 'vitest'
import { POSTGRES_MIN } from '../../packages/postgres/src/connection/refusals/server-version.ts'
import { OTHER_MAJORS } from '../setup/postgres-versions.ts'
import { allPages, readPage, rowsOf } from './pages.ts'

const PAGE = 'docs/features.md'
const TABLE = /^(?:Postgres|Kafka|Node|Kubernetes|browsers of the console)$/

const rows = new Map(
  rowsOf(readPage(PAGE).text, TABLE).map(([part = '', ...cells]) => [part, cells] as const),
)
const cellOf = (part: string, at: number): string => rows.get(part)?.[at] ?? ''
const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly engines: { readonly node: string }
}
const nodeMin = engines.node.replace('>=', '')

describe('the table of supported versions', () => {
  it('has a row for each part', () => {
    expect([...rows.keys()]).toEqual([
      'Postgres',
      'Kafka',
      'Node',
      'Kubernetes',
      'browsers of the console',
    ])
  })

  it('has the oldest version that the code, npm and Helm accept', () => {
    expect(cellOf('Postgres', 0)).toBe(`${POSTGRES_MIN} and later`)
    expect(cellOf('Node', 0)).toBe(`${nodeMin} and later`)
    const chart = readFileSync('infra/helm/freshet/Chart.yaml', 'utf8')
    const [, kubernetesMin] = /kubeVersion: '>=(\d+\.\d+)\./.exec(chart) ?? []
    expect(cellOf('Kubernetes', 0)).toContain(`${kubernetesMin} and later`)
  })

  it('has the versions that the tests use', () => {
    expect(cellOf('Kafka', 1)).toContain(`${KAFKA_VERSION.replace(/\.\d+$/, '')}: all suites`)
    const run = readFileSync('.ci/run', 'utf8')
    const installed = [...run.matchAll(/for version in (.*); do/g)].map(([, list = '']) =>
      list.split(' ').map((version) => version.split('.')[0]),
    )
    expect(installed).toHaveLength(2)
    expect(installed).toContainEqual(cellOf('Node', 1).match(/\d+/g))
    expect(installed).toContainEqual(OTHER_MAJORS.map(String))
    const [older, ...supported] = OTHER_MAJORS
    expect(older).toBe(POSTGRES_MIN - 1)
    for (const major of supported) expect(cellOf('Postgres', 1)).toContain(`${major}`)
  })
})

const STATED = [
  [/Postgres (\d+) (?:or|and) later/g, `${POSTGRES_MIN}`],
  [/Node(?:\.js)? ≥ (\d+\.\d+)/g, nodeMin],
] as const

/** CHANGELOG.md has the versions of earlier releases. */
const pages = allPages().filter(({ path }) => path !== 'CHANGELOG.md')

describe('every other page', () => {
  it.each(STATED)('states the same version as the table: %s', (pattern, least) => {
    const stated = pages.flatMap(({ path, text }) =>
      [...text.matchAll(pattern)].map(([, version]) => ({ path, version })),
    )
    expect(stated.length).toBeGreaterThan(1)
    expect(stated.filter(({ version }) => version !== least)).toEqual([])
  })

  it.each([/Kubernetes 1\.\d+ (?:or|and) later/, /Kafka \d(?:\.\w+)? (?:or|and) later/])(
    'leaves %s to the table',
    (pattern) => {
      const others = pages.filter(({ path, text }) => path !== PAGE && pattern.test(text))
      expect(others.map(({ path }) => path)).toEqual([])
    },
  )
})
