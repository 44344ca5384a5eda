import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordedRun } from '../../packages/cli/test/recorded-run.ts'
import { readPage, ROOT, rowsOf, sectionOf } from '../docs/pages.ts'
import { renderedChart, valuesOf, VALUE_FILES, objectsIn } from './chart.ts'
import { filesOf } from './environments.ts'
import { Network, RELEASE_NAMESPACE, type NetworkPod } from './network.ts'
import { mainContainer, podOwners } from './pods.ts'
import { hasTools, runTool } from './tools.ts'

const page = readPage('docs/kubernetes.md')
const DESTINATIONS: Readonly<Record<string, string>> = {
  'any:9093': 'Kafka',
  'any:5432': 'Postgres',
  'any:443': 'https',
  'upstream:443': 'upstream',
}
/** The values of a release that reads upstream systems. */
const CONNECTED = ['connect.enabled=true', 'connect.scim=true']
/** The peer of each value, as a namespace of its own. */
const CALLERS = ['sources', 'clients', 'browsers', 'proxies', 'applications', 'provisioners']

describe.runIf(hasTools)('docs/kubernetes.md', () => {
  it('has the connections that the network policies allow', () => {
    const peers = [...CALLERS, 'upstream'].map(
      (name) => `networkPolicy.${name}[0].namespaceSelector.matchLabels.name=${name}`,
    )
    const others = ['networkPolicy.kafka=null', 'topics.enabled=true']
    const values = [...peers, ...CONNECTED, ...others].join(',')
    const objects = renderedChart('minimal.yaml', ['--set', values])
    const network = new Network(objects)
    const owners = podOwners(objects)
    const podOf = (labels: Readonly<Record<string, string>>): NetworkPod => ({
      labels,
      namespace: RELEASE_NAMESPACE,
    })
    const targets = owners.flatMap(({ component, labels, ...owner }) =>
      (mainContainer({ component, labels, ...owner }).ports ?? []).map(({ containerPort }) => ({
        component,
        port: containerPort,
        pod: podOf(labels),
      })),
    )
    const rows = owners.map(({ component, labels }) => {
      const called = targets
        .filter(({ pod, port }) => network.allows(podOf(labels), pod, port))
        .map((target) => `${target.component} ${target.port}`)
      const destinations = network
        .destinations(podOf(labels))
        .flatMap((each) => DESTINATIONS[each] ?? [])
      const callers = CALLERS.flatMap((name) =>
        targets
          .filter(({ pod, port }) => {
            const from = { labels: {}, namespace: name, namespaceLabels: { name } }
            return pod.labels === labels && network.allows(from, pod, port)
          })
          .map(({ port }) => `\`${name}\` ${port}`),
      )
      return [component, ...[called, destinations, callers].map((each) => each.toSorted())]
    })
    const shown = rowsOf(sectionOf(page, 'Network policies'), /^(?!pod|-)/).map(
      ([pod, ...cells]) => [
        pod,
        ...cells.map((cell) => cell.split(', ').filter(Boolean).toSorted()),
      ],
    )
    expect(new Map(shown as [])).toEqual(new Map(rows as []))
  })

  it('has each object and key that the script prints', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'freshet-page-'))
    try {
      expect((await recordedRun('init new --logins', { cwd: dir })).code).toBe(0)
      const script = join(ROOT, 'infra/helm/freshet-objects.sh')
      const files = filesOf(objectsIn(runTool('sh', [script, join(dir, 'new')]).out))
      const rows = rowsOf(
        sectionOf(page, 'Create the objects that the chart mounts'),
        /^(secret|config)/,
      )
      const quoted = (cell = ''): readonly string[] => cell.match(/[\w.-]+(?=`)/g) ?? []
      const shown = rows.flatMap(([object, keys]) =>
        quoted(object).map((name) => [name, quoted(keys).toSorted()] as const),
      )
      const written = [...files].map(([name, content]) => [
        name,
        name === 'freshet-registry-keys' ? [] : Object.keys(content).toSorted(),
      ])
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(written))
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('names each value file', () => {
    const rows = rowsOf(sectionOf(page, 'Install the chart'), /^`/)
    expect(rows.map(([file = '']) => file.replaceAll('`', '')).toSorted()).toEqual(VALUE_FILES)
    expect(page.text).toContain(valuesOf('minimal.yaml').slice(ROOT.length + 1))
  })

  it('has the replicas and the grace period of the chart', () => {
    const owners = podOwners(renderedChart('minimal.yaml', ['--set', CONNECTED.join(',')])).filter(
      ({ object }) => object.kind === 'Deployment',
    )
    const rows = rowsOf(sectionOf(page, 'Replicas'), /^(?!service|-)/)
    const shown = rows.map(([service, replicas]) => [service, Number(replicas)] as const)
    const set = owners.map(({ component, object }) => [component, object.spec?.['replicas']])
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(set))
    const [grace] = new Set(owners.map(({ pod }) => pod.terminationGracePeriodSeconds))
    expect(sectionOf(page, 'Replicas')).toContain(`the grace period is ${grace} s`)
  })
})
