import { describe, expect, it } from 'vitest'
import { ofKind, renderedChart, type KubernetesObject } from './chart.ts'
import { Network, RELEASE_NAMESPACE, type NetworkPod } from './network.ts'
import { mainContainer, podOwners, type PodOwner } from './pods.ts'
import { hasTools } from './tools.ts'

const load = (file: string): readonly KubernetesObject[] => (hasTools ? renderedChart(file) : [])
const minimal = load('minimal.yaml')
const production = load('production.yaml')
const podOf = ({ labels }: PodOwner): NetworkPod => ({ labels, namespace: RELEASE_NAMESPACE })
const DNS = 'kube-dns:53'

const outside = (namespace: string, labels = {}): NetworkPod => ({
  labels: {},
  namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...labels },
})
const strangers = [outside('default'), outside('payments')]

interface Target {
  readonly name: string
  readonly pod: NetworkPod
  readonly port: number
}

const targetsIn = (objects: readonly KubernetesObject[]): readonly Target[] =>
  podOwners(objects).flatMap((owner) =>
    (mainContainer(owner).ports ?? []).map(({ containerPort: port }) => ({
      name: `${owner.component}:${port}`,
      pod: podOf(owner),
      port,
    })),
  )

/** Returns the ports of the release that a pod reaches. */
function reachedBy(objects: readonly KubernetesObject[], from: NetworkPod): readonly string[] {
  const network = new Network(objects)
  const reached = targetsIn(objects).filter(({ pod, port }) => network.allows(from, pod, port))
  return reached.map(({ name }) => name).toSorted()
}

describe.runIf(hasTools)('the network policies of the chart', () => {
  it.each([
    ['gateway', []],
    ['reconciler', []],
    ['authority', []],
    [
      'console',
      ['authority:7072', 'connect:7076', 'gateway:7070', 'reconciler:7071', 'sidecar:7073'],
    ],
    ['connect', ['gateway:7070']],
    ['sidecar', ['authority:7072']],
    ['migrate', []],
    ['topics', []],
  ])('let %s call %j in the release', (component, expected) => {
    const owner = podOwners(production).find((each) => each.component === component)
    if (owner === undefined) throw new Error(`no ${component}`)
    expect(reachedBy(production, podOf(owner))).toEqual(expected)
  })

  it.each([
    ['gateway', ['10.20.0.0/24:9093', '10.30.0.10/32:5432', DNS, 'monitoring:4318']],
    ['reconciler', ['10.20.0.0/24:9093', '10.30.0.10/32:5432', DNS, 'monitoring:4318']],
    ['authority', ['10.20.0.0/24:9093', '10.30.0.10/32:5432', 'any:443', DNS, 'monitoring:4318']],
    ['console', ['10.20.0.0/24:9093', '10.30.0.10/32:5432', 'any:443', DNS, 'monitoring:4318']],
    ['sidecar', ['10.20.0.0/24:9093', 'any:443', DNS, 'monitoring:4318']],
    ['connect', ['10.30.0.10/32:5432', '10.40.0.0/24:443', 'any:443', DNS, 'monitoring:4318']],
    ['migrate', ['10.30.0.10/32:5432', DNS]],
    ['topics', ['10.20.0.0/24:9093', DNS]],
  ])('let %s call %j outside of it', (component, expected) => {
    const owner = podOwners(production).find((each) => each.component === component)
    if (owner === undefined) throw new Error(`no ${component}`)
    expect(new Network(production).destinations(podOf(owner))).toEqual(expected)
  })

  it('let an ingress controller call the routes of clients, and proxies the sidecar', () => {
    const controller = outside('ingress-nginx')
    expect(reachedBy(production, controller)).toEqual([
      'authority:7072',
      'connect:7076',
      'console:7075',
      'gateway:7070',
    ])
    const application = outside('payments', { 'freshet.dev/protected': 'true' })
    expect(reachedBy(production, application)).toEqual(['sidecar:7074'])
  })

  it('let Prometheus read every service, and no port for proxies', () => {
    expect(reachedBy(production, outside('monitoring'))).toEqual([
      'authority:7072',
      'connect:7076',
      'console:7075',
      'gateway:7070',
      'reconciler:7071',
      'sidecar:7073',
    ])
    expect(reachedBy(minimal, outside('monitoring'))).toEqual([])
  })

  it.each(strangers)('let a pod of another namespace call nothing: %j', (stranger) => {
    expect(reachedBy(production, stranger)).toEqual([])
    expect(reachedBy(minimal, stranger)).toEqual([])
  })

  it('control: without them, the same pod calls every port', () => {
    const open = production.filter(({ kind }) => kind !== 'NetworkPolicy')
    expect(reachedBy(open, outside('default'))).toHaveLength(7)
  })

  it.each([
    ['oauthbearer', 'kafka.sasl.tokenUrl=https://login.example/token'],
    ['aws-msk-iam', 'kafka.sasl.awsRegion=eu-central-1'],
  ])('let every service fetch its tokens for Kafka (%s) by https', (mechanism, more) => {
    const values = `kafka.sasl.mechanism=${mechanism},${more}`
    const objects = renderedChart('minimal.yaml', ['--set', values])
    for (const owner of podOwners(ofKind(objects, 'Deployment')))
      expect(new Network(objects).destinations(podOf(owner))).toContain('any:443')
  })

  it('name the role of a service account, and mount no secret, where IAM of AWS authenticates', () => {
    const role = 'arn:aws:iam::123456789012:role/freshet-gateway'
    const values = `kafka.sasl.mechanism=aws-msk-iam,kafka.sasl.awsRegion=eu-central-1,kafka.users.gateway.awsRole=${role}`
    const objects = renderedChart('minimal.yaml', ['--set', values])
    const text = JSON.stringify(objects)
    expect(text).toContain(`"eks.amazonaws.com/role-arn":"${role}"`)
    expect(text).toContain('{"name":"KAFKA_SASL_AWS_REGION","value":"eu-central-1"}')
    expect(text).not.toContain('freshet-gateway-kafka')
  })
})
