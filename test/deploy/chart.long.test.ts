import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import {
  CHART,
  componentOf,
  objectsIn,
  ofKind,
  renderedChart,
  specOf,
  templateRun,
  valuesOf,
  VALUE_FILES,
  type KubernetesObject,
} from './chart.ts'
import { operatorFaults } from './operator.ts'
import { mainContainer, podOwners } from './pods.ts'
import { hasTools, kubernetesFaults, runTool } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
/** The services of a release with these values: production reads upstream systems. */
const servicesWith = (file: string): readonly string[] => [
  'authority',
  ...(file === 'production.yaml' ? ['connect'] : []),
  'console',
  'gateway',
  'reconciler',
  'sidecar',
]
const OPERATOR = 'monitoring.coreos.com/v1'
/** The uid of the image. */
const USER = 10_001
const SHUTDOWN_S = 15

it.runIf(process.env['CI'] !== undefined)('helm and kubectl are installed where CI runs', () => {
  expect(hasTools).toBe(true)
})

const render = (file: string): readonly KubernetesObject[] => (hasTools ? renderedChart(file) : [])
const charts = new Map(VALUE_FILES.map((file) => [file, render(file)]))
const all = [...charts.values()].flat()
const textOf = (objects: readonly KubernetesObject[]): string =>
  objects.map((each) => stringify(each)).join('---\n')

describe.runIf(hasTools).each(VALUE_FILES)('the chart with %s', (file) => {
  const objects = charts.get(file) ?? []
  const ofKubernetes = objects.filter(({ apiVersion }) => apiVersion !== OPERATOR)

  it('passes helm lint', () => {
    const { code, out, err } = runTool('helm', ['lint', CHART, '--values', valuesOf(file)])
    expect([code, `${out}${err}`]).toEqual([0, expect.stringContaining('0 chart(s) failed')])
  })

  it('has only objects that Kubernetes accepts', () => {
    expect(ofKubernetes.length).toBeGreaterThan(20)
    expect(kubernetesFaults(textOf(ofKubernetes))).toEqual([])
  })

  it('has only objects that the Prometheus operator accepts', () => {
    expect(operatorFaults(objects.filter((each) => !ofKubernetes.includes(each)))).toEqual([])
  })

  it('runs each service from one image, by freshet serve', () => {
    const services = podOwners(ofKind(objects, 'Deployment'))
    expect(services.map(({ component }) => component).toSorted()).toEqual(servicesWith(file))
    for (const service of services)
      expect(mainContainer(service).args).toEqual(['serve', service.component])
    const images = podOwners(objects).map((each) => mainContainer(each).image)
    expect(new Set(images).size).toBe(1)
  })

  it('migrates before it installs and upgrades', () => {
    const jobs = podOwners(ofKind(objects, 'Job'))
    const migration = jobs.find(({ component }) => component === 'migrate')
    expect(migration && mainContainer(migration).args).toEqual(['db', 'migrate'])
    for (const { object } of jobs)
      expect(object.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
  })

  it('names the namespace of each object, as Kustomize and Argo CD expect of a chart', () => {
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['freshet']))
  })

  it('has no secret of its own', () => {
    expect(ofKind(objects, 'Secret')).toEqual([])
  })

  it('gives each service a disruption budget for exactly its pods', () => {
    const budgets = ofKind(objects, 'PodDisruptionBudget')
    expect(budgets.map(componentOf).toSorted()).toEqual(servicesWith(file))
    for (const budget of budgets) {
      const { matchLabels } = specOf(budget)['selector'] as { matchLabels: Record<string, string> }
      const chosen = podOwners(objects).filter(({ labels }) =>
        Object.entries(matchLabels).every(([name, value]) => labels[name] === value),
      )
      expect(chosen.map(({ component }) => component)).toEqual([componentOf(budget)])
    }
  })
})

describe.runIf(hasTools)('every pod of the chart', () => {
  const pods = podOwners(all)

  it('has no token of Kubernetes and no variables of Services', () => {
    expect(pods.length).toBeGreaterThan(15)
    for (const { pod } of pods) {
      expect([pod.automountServiceAccountToken, pod.enableServiceLinks]).toEqual([false, false])
    }
    for (const account of ofKind(all, 'ServiceAccount'))
      expect(account).toMatchObject({ automountServiceAccountToken: false })
  })

  it('runs without root, without privileges, and writes to /tmp alone', () => {
    for (const owner of pods) {
      const { securityContext: pod, volumes = [] } = owner.pod
      const { securityContext: container, volumeMounts = [], resources } = mainContainer(owner)
      expect(pod).toMatchObject({ runAsNonRoot: true, runAsUser: USER, fsGroup: USER })
      expect(container).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true)
      expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/tmp'])
      expect(volumes.find(({ name }) => name === 'tmp')?.emptyDir).toBeDefined()
      expect(resources).toMatchObject({
        requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
        limits: { memory: expect.any(String) as string },
      })
    }
  })

  it('runs as the user of the image, by its entry', () => {
    const image = read('infra/image/Containerfile')
    expect(image).toContain(`\nUSER ${USER}:${USER}\n`)
    expect(image).toContain('\nENTRYPOINT ["/usr/bin/freshet"]\n')
    expect(read('infra/compose/setup.sh')).toContain(`user=${USER}:${USER}`)
    for (const owner of pods) expect(mainContainer(owner)).not.toHaveProperty('command')
  })

  it('mounts secrets that only its group reads, as services demand', () => {
    const secrets = pods
      .flatMap(({ pod }) => pod.volumes ?? [])
      .flatMap(({ secret }) => secret ?? [])
    expect(secrets.length).toBeGreaterThan(30)
    for (const { defaultMode } of secrets) expect(defaultMode).toBe(0o440)
  })

  it('has the time to end: the delay, and 15 s for open work', () => {
    const services = pods.filter(({ object }) => object.kind === 'Deployment')
    for (const owner of services) {
      const { env = [] } = mainContainer(owner)
      const delay = env.find(({ name }) => name === 'FRESHET_SHUTDOWN_DELAY_MS')?.value
      const needed = Number(delay) / 1_000 + SHUTDOWN_S
      expect(needed).toBeGreaterThan(SHUTDOWN_S)
      expect(owner.pod.terminationGracePeriodSeconds).toBeGreaterThan(needed)
    }
  })

  it('is asked at /livez and /readyz, by https where it has a certificate', () => {
    for (const owner of pods.filter(({ object }) => object.kind === 'Deployment')) {
      const {
        startupProbe,
        livenessProbe,
        readinessProbe,
        volumeMounts = [],
      } = mainContainer(owner)
      const hasTls = volumeMounts.some(({ mountPath }) => mountPath === '/etc/freshet/tls')
      const at = (path: string) => ({ path, port: 'http', scheme: hasTls ? 'HTTPS' : 'HTTP' })
      expect(startupProbe?.httpGet).toEqual(at('/livez'))
      expect(livenessProbe?.httpGet).toEqual(at('/livez'))
      expect(readinessProbe?.httpGet).toEqual(at('/readyz'))
    }
  })
})

describe.runIf(hasTools)('the chart in production', () => {
  const objects = charts.get('production.yaml') ?? []

  it('scales gateway, authority and sidecar, and sets no number of replicas for them', () => {
    const scaled = ofKind(objects, 'HorizontalPodAutoscaler').map(componentOf)
    expect(scaled.toSorted()).toEqual(['authority', 'gateway', 'sidecar'])
    const fixed = ofKind(objects, 'Deployment').filter(
      (each) => specOf(each)['replicas'] !== undefined,
    )
    expect(fixed.map(componentOf).toSorted()).toEqual(['connect', 'console', 'reconciler'])
  })

  it('has the rules and the boards of the repository', () => {
    const rules = ofKind(objects, 'PrometheusRule').map(({ spec }) => spec)
    const files = ['slos', 'alerts'].map((name) => read(`infra/prometheus/freshet-${name}.yaml`))
    expect(rules).toEqual(files.map((text) => parse(text) as unknown))
    const boards = ofKind(objects, 'ConfigMap').filter((each) => componentOf(each) === 'boards')
    expect(boards).toHaveLength(3)
    for (const { data = {}, metadata } of boards) {
      expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' })
      for (const [name, text] of Object.entries(data))
        expect(JSON.parse(text)).toEqual(JSON.parse(read(`infra/grafana/${name}`)))
    }
  })

  it('opens by ingress only the paths that clients need', () => {
    const paths = ofKind(objects, 'Ingress').map((each) => {
      const [rule] = specOf(each)['rules'] as {
        host: string
        http: { paths: { path: string }[] }
      }[]
      return [rule?.host, rule?.http.paths.map(({ path }) => path)] as const
    })
    expect(Object.fromEntries(paths)).toEqual({
      'tokens.example': ['/oauth', '/access', '/.well-known'],
      'freshet.example': ['/'],
      'gateway.example': ['/v1'],
    })
  })
})

describe.runIf(hasTools)('an upgrade in two steps', () => {
  it('replaces the reconciler after the migration, while the others stay', () => {
    const others = ['gateway', 'authority', 'console', 'sidecar']
    const held = others.map((name) => `${name}.image.tag=0.1.0`)
    const values = ['image.tag=0.2.0', ...held].join(',')
    const pods = podOwners(renderedChart('minimal.yaml', ['--set', values]))
    const images = pods.map((owner) => [owner.component, mainContainer(owner).image] as const)
    expect(Object.fromEntries(images)).toEqual({
      migrate: 'images.example/freshet:0.2.0',
      reconciler: 'images.example/freshet:0.2.0',
      ...Object.fromEntries(others.map((name) => [name, 'images.example/freshet:0.1.0'])),
    })
  })

  it('holds a tag although the release has a digest', () => {
    const pods = podOwners(renderedChart('production.yaml', ['--set', 'gateway.image.tag=0.1.0']))
    const gateway = pods.find(({ component }) => component === 'gateway')
    expect(gateway && mainContainer(gateway).image).toBe('images.example/freshet:0.1.0')
  })
})

describe.runIf(hasTools)('the checks of the chart find faults', () => {
  it('an object with a wrong member', () => {
    const [deployment] = ofKind(charts.get('minimal.yaml') ?? [], 'Deployment')
    const wrong = { ...deployment, spec: { ...deployment?.spec, replica: 2 } }
    expect(kubernetesFaults(stringify(wrong))).toEqual([expect.stringContaining('replica')])
  })

  it('a monitor with a wrong member', () => {
    const [monitor] = ofKind(charts.get('production.yaml') ?? [], 'ServiceMonitor')
    const wrong = { ...monitor, spec: { ...monitor?.spec, endpoint: [] } } as KubernetesObject
    expect(operatorFaults([wrong])).toHaveLength(1)
  })

  it.each([
    ['gateway.replica=2', 'replica'],
    ['issuer=http://tokens.example', 'issuer'],
    ['kafka.brokers={k1.example}', 'brokers'],
    ['console.env.FRESHET_OIDC_CLIENT_SECRET=hush', 'FRESHET_OIDC_CLIENT_SECRET'],
    ['sidecar.audience=', 'audience'],
    ['image.repository=', 'repository'],
    ['probes.enabled=yes', 'probes'],
    ['probes.existingSecret=', 'existingSecret'],
    ['shutdownDelayMs=90000', 'shutdownDelayMs'],
  ])('values that the schema refuses: %s', (value, named) => {
    const { code, err } = templateRun('minimal.yaml', ['--set', value])
    expect(code).not.toBe(0)
    expect(err).toContain(named)
    expect(err).not.toContain('hush')
  })

  it('a chart without values', () => {
    const { code, err } = runTool('helm', ['template', 'freshet', CHART])
    expect(code).not.toBe(0)
    const required = ['repository', 'issuer', 'gatewayUrl', 'brokers', 'audience']
    for (const name of required) expect(err).toContain(name)
  })
})

describe.runIf(hasTools)('the example of a sidecar in the pod of an application', () => {
  const text = read('infra/helm/examples/injected-sidecar.yaml')

  it('has only objects that Kubernetes accepts', () => {
    expect(kubernetesFaults(text)).toEqual([])
  })

  it('has the sample of nginx, which listens outside of its pod', () => {
    const map = ofKind(objectsIn(text), 'ConfigMap').find(({ data }) => data?.['freshet.conf'])
    const sample = read('infra/nginx/freshet.conf')
    expect(map?.data?.['freshet.conf']).toBe(
      sample.replace('listen 127.0.0.1:8081;', 'listen 8081;'),
    )
  })
})

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
