import { ALERTS } from '@freshet/insight/alerts'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readPage } from './pages.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
const { text } = readPage('docs/sizing.md')
const values = parse(readPage('infra/helm/freshet/values.yaml').text) as Readonly<
  Record<(typeof SERVICES)[number], Workload>
>
const topics = parse(readPage('infra/topics.yaml').text) as { readonly topics: object }

interface Workload {
  readonly replicas: number
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string }
    readonly limits: { readonly memory: string }
  }
}

const mebibytesOf = (size: string): number =>
  Number.parseInt(size, 10) * (size.endsWith('Gi') ? 1_024 : 1)
const sizeText = (mebibytes: number): string => `${mebibytes.toLocaleString('en')} MiB`

/** The processes, the cores and the MiB that the chart requests for a service. */
function requestOf(service: (typeof SERVICES)[number]) {
  const { replicas, resources } = values[service]
  const { cpu, memory } = resources.requests
  const cores = (replicas * Number.parseInt(cpu, 10)) / 1_000
  const limit = sizeText(mebibytesOf(resources.limits.memory))
  return { service, replicas, cores, memory: replicas * mebibytesOf(memory), limit }
}

describe('docs/sizing.md', () => {
  it('has the processes, cores and memory that the chart requests', () => {
    const all = SERVICES.map(requestOf)
    const sum = (of: 'replicas' | 'cores' | 'memory'): number =>
      all.reduce((total, each) => total + each[of], 0)
    for (const { service, replicas, cores, memory, limit } of all)
      expect(text).toContain(
        `| ${service} | ${replicas} | ${cores} | ${sizeText(memory)} | ${limit} |`,
      )
    const total = `| all | ${sum('replicas')} | ${sum('cores')} | ${sizeText(sum('memory'))} |  |`
    expect(text).toContain(total)
    // Control: a service with one replica more would be another row.
    const { replicas, cores } = requestOf('gateway')
    expect(text).not.toContain(`| gateway | ${replicas + 1} | ${cores} |`)
  })

  it('counts the topics, and the alerts that page or open a ticket', () => {
    const namesOf = (severity: string): number => {
      const all = Object.values(ALERTS).filter((each) => each.severity === severity)
      return new Set(all.map(({ name }) => name)).size
    }
    expect(text).toContain(`${namesOf('page')} alerts can page`)
    expect(text).toContain(`${namesOf('ticket')} alerts can open one`)
    expect(Object.keys(topics.topics)).toHaveLength(6)
    expect(text).toContain('six topics')
  })
})
