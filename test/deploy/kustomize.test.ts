import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordedRun } from '../../packages/cli/test/recorded-run.ts'
import { CHART, componentOf, objectsIn, ofKind, specOf, type KubernetesObject } from './chart.ts'
import { mainContainer, podOwners } from './pods.ts'
import { hasTools, kubernetesFaults, runTool } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const BASE = join(ROOT, 'infra/kustomize/base/values.yaml')
const DIGEST = /^images\.example\/freshet@sha256:/

function textOfOverlay(name: string): string {
  const overlay = join(ROOT, 'infra/kustomize/overlays', name)
  const { code, out, err } = runTool('kubectl', ['kustomize', '--enable-helm', overlay])
  if (code !== 0) throw new Error(err)
  return out
}

const named = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`

describe.runIf(hasTools).each([
  ['development', 'freshet-dev', 1],
  ['production', 'freshet', 3],
] as const)('the overlay %s', (name, namespace, count) => {
  const text = hasTools ? textOfOverlay(name) : ''
  const objects = objectsIn(text)

  it('has only objects that Kubernetes accepts, all in its namespace', () => {
    expect(kubernetesFaults(text)).toEqual([])
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set([namespace]))
  })

  it('has every object of the chart, and no other', () => {
    const args = ['template', 'freshet', CHART, '--values', BASE]
    const ofChart = objectsIn(runTool('helm', args).out)
    expect(ofChart.length).toBeGreaterThan(20)
    expect(objects.map(named).toSorted()).toEqual(ofChart.map(named).toSorted())
  })

  it('has its own replicas', () => {
    const deployments = ofKind(objects, 'Deployment')
    const counts = deployments.map((each) => [componentOf(each), specOf(each)['replicas']] as const)
    expect(Object.fromEntries(counts)).toEqual({
      gateway: count,
      reconciler: count,
      authority: count,
      console: 1,
      sidecar: count,
    })
  })

  it('has one image', () => {
    const images = new Set(podOwners(objects).map((owner) => mainContainer(owner).image))
    expect([...images]).toEqual([
      name === 'production' ? expect.stringMatching(DIGEST) : 'images.example/freshet:0.1.0',
    ])
  })
})

describe('infra/strimzi/freshet.yaml', () => {
  const text = readFileSync(join(ROOT, 'infra/strimzi/freshet.yaml'), 'utf8')

  it('is the output of freshet topic plan', async () => {
    const { code, out } = await recordedRun('topic plan -o strimzi --cluster main', {})
    expect([code, out]).toEqual([0, text])
  })

  it('has each user of the chart', () => {
    const users = ofKind(objectsIn(text), 'KafkaUser').map(({ metadata }) => metadata.name)
    const values = readFileSync(join(CHART, 'values.yaml'), 'utf8')
    const { kafka } = objectsIn(values)[0] as unknown as {
      readonly kafka: { readonly users: Readonly<Record<string, { readonly name: string }>> }
    }
    const ours = Object.values(kafka.users).map(({ name }) => name)
    expect(ours).toHaveLength(6)
    expect(ours.filter((name) => !users.includes(name))).toEqual([])
  })
})
