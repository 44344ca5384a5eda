import { describe, expect, it } from 'vitest'
import { renderedChart } from './chart.ts'
import { mainContainer, podOwners } from './pods.ts'
import { hasTools } from './tools.ts'

describe.runIf(hasTools)('the console of the chart', () => {
  const consoleOf = (file: string, ...set: readonly string[]) => {
    const args = set.length === 0 ? [] : ['--set', set.join(',')]
    const owners = podOwners(renderedChart(file, args))
    const owner = owners.find(({ component }) => component === 'console')
    if (owner === undefined) throw new Error('no console')
    const { env = [], volumeMounts = [] } = mainContainer(owner)
    const secrets = (owner.pod.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? [])
    const values = new Map(env.map(({ name, value = '' }) => [name, value]))
    return { values, secrets, paths: volumeMounts.map(({ mountPath }) => mountPath) }
  }
  const OF_PROBES = /PROBE/

  it('has objectives, the services of the release, and probes with their keys from a secret', () => {
    const { values, secrets, paths } = consoleOf('minimal.yaml')
    const at = (name: string, port: number): string =>
      `${name}=http://freshet-${name}.freshet.svc:${port}`
    const services = ['gateway', 'reconciler', 'authority', 'sidecar']
    expect(values.get('FRESHET_SLOS')).toBe('/etc/freshet/slos/slos.yaml')
    expect(values.get('FRESHET_SERVICES')).toBe(
      services.map((name, index) => at(name, 7_070 + index)).join(','),
    )
    expect(values.get('FRESHET_PROBE_EDGES')).toBe(at('sidecar', 7073))
    expect(values.get('FRESHET_PROBE_KEYS_FILE')).toBe('/etc/freshet/probes/probes.private.json')
    expect(values.get('FRESHET_PROBE_ALLOW_PLAINTEXT')).toBe('true')
    expect(secrets).toContain('freshet-probes')
    expect(paths).toContain('/etc/freshet/probes')
  })

  it('sends tokens of probes by https to sidecars with a certificate', () => {
    const { values } = consoleOf('mtls.yaml')
    expect(values.get('FRESHET_PROBE_EDGES')).toBe(
      'sidecar=https://freshet-sidecar.freshet.svc:7073',
    )
    expect(values.get('FRESHET_SERVICES')).toContain('https://freshet-reconciler.freshet.svc:7071')
    expect(values.has('FRESHET_PROBE_ALLOW_PLAINTEXT')).toBe(false)
  })

  it.each(['probes.enabled=false', 'sidecar.enabled=false'])(
    'with %s has no variable and no secret of probes, and still objectives and services',
    (value) => {
      const { values, secrets, paths } = consoleOf('minimal.yaml', value)
      expect([...values.keys()].filter((name) => OF_PROBES.test(name))).toEqual([])
      expect(secrets).not.toContain('freshet-probes')
      expect(paths).not.toContain('/etc/freshet/probes')
      expect(values.has('FRESHET_SLOS')).toBe(true)
      expect(values.get('FRESHET_SERVICES')?.includes('sidecar=')).toBe(value.startsWith('probes'))
    },
  )

  it('takes the secret of probes by the name that a value has', () => {
    expect(consoleOf('minimal.yaml', 'probes.existingSecret=canary').secrets).toContain('canary')
  })
})
