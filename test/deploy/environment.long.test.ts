import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRegistry } from '@freshet/runtime'
import { fileFinding } from '../../packages/cli/src/doctor/checks/start/start-checks.ts'
import { recordedRun } from '../../packages/cli/test/recorded-run.ts'
import { rowsOf } from '../docs/pages.ts'
import { objectsIn, renderedChart, VALUE_FILES } from './chart.ts'
import {
  documentedFor,
  environmentIn,
  filesOf,
  missingFiles,
  mountFiles,
  READERS,
  serviceSection,
  variablesIn,
  type Environment,
  type MountedFiles,
} from './environments.ts'
import { mainContainer, podOwners, type PodContainer, type PodOwner } from './pods.ts'
import { hasTools, runTool } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar', 'connect']
const DATABASE = 'postgres://db.example/freshet?sslmode=verify-full'
/** Secrets of others: those of a Kafka user, a CA, certificates, and the client at a provider. */
const OF_OTHERS = {
  password: 'hush',
  'client-secret': 'hush',
  'user.crt': 'PEM',
  'user.key': 'PEM',
  'ca.crt': 'PEM',
  'tls.crt': 'PEM',
  'tls.key': 'PEM',
  'database-url': DATABASE,
}
const OURS =
  /^freshet-(gateway|reconciler|authority|console|sidecar|migrate|probes|registry|registry-keys)$/

let dir: string
let installed: MountedFiles
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-deploy-'))
  const urls = '--issuer https://tokens.example --gateway https://gateway.example'
  const line = `init new --logins --brokers k1.example:9093 --database-url ${DATABASE} ${urls}`
  expect((await recordedRun(line, { cwd: dir })).code).toBe(0)
  const script = join(ROOT, 'infra/helm/freshet-objects.sh')
  const { code, out, err } = runTool('sh', [script, join(dir, 'new')])
  expect([code, err]).toEqual(hasTools ? [0, ''] : [code, err])
  installed = filesOf(hasTools ? objectsIn(out) : [])
})
afterAll(() => rm(dir, { recursive: true }))

const OURS_BY_NAME = /^(?:FRESHET|KAFKA|DATABASE)_/

/** Puts a container into a folder of its own, with the files that it mounts, and returns its environment. */
async function started(
  owner: Pick<PodOwner, 'pod'>,
  container: PodContainer,
): Promise<Environment> {
  const root = await mkdtemp(join(dir, 'root-'))
  const others = (owner.pod.volumes ?? []).flatMap(({ secret, configMap }) => {
    const name = secret?.secretName ?? configMap?.name ?? ''
    return name === '' || OURS.test(name) || name === 'freshet-slos'
      ? []
      : [[name, OF_OTHERS] as const]
  })
  const oidc = installed.get('freshet-console')
  const files = new Map([
    ...installed,
    ['freshet-slos', { 'slos.yaml': 'x' }] as const,
    ['freshet-console', { ...oidc, 'oidc-client-secret': 'hush' }] as const,
    ...others,
  ])
  await mountFiles(root, owner.pod, container, files)
  const env = environmentIn(root, container)
  expect(await missingFiles(root, env)).toEqual([])
  return env
}

const owners = hasTools
  ? VALUE_FILES.flatMap((file) =>
      podOwners(renderedChart(file)).map((owner) => [file, owner.component, owner] as const),
    )
  : []

describe.runIf(hasTools)('the environment of each pod of the chart', () => {
  it.each(owners)('%s: the process of %s accepts it', async (_file, component, owner) => {
    const env = await started(owner, mainContainer(owner))
    expect(READERS[component]?.(env)).toBeDefined()
    const names = (mainContainer(owner).env ?? []).map(({ name }) => name)
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted())
  })

  it.each(owners)('%s: %s can use its files, and private keys are private', async (...row) => {
    const [, component, owner] = row
    const env = await started(owner, mainContainer(owner))
    expect(await fileFinding(env)).toMatchObject({ outcome: 'ok' })
    if (!['gateway', 'reconciler', 'authority', 'console'].includes(component)) return
    const { sources } = (await loadRegistry(env['FRESHET_REGISTRY'] ?? '')).registry
    expect([...sources.keys()]).toEqual(['freshet-probe', 'hr'])
  })

  it('control: with the mode that Kubernetes gives by default, keys are refused', async () => {
    const [, , owner] = owners.find(([, component]) => component === 'authority') ?? []
    if (owner === undefined) throw new Error('no authority')
    const volumes = (owner.pod.volumes ?? []).map(({ secret, ...volume }) =>
      secret === undefined ? volume : { ...volume, secret: { secretName: secret.secretName } },
    )
    const env = await started({ pod: { ...owner.pod, volumes } }, mainContainer(owner))
    const { outcome, detail } = await fileFinding(env)
    expect([outcome, detail]).toEqual(['failed', expect.stringContaining('defaultMode')])
  })

  it.each(owners.filter(([, component]) => SERVICES.includes(component)))(
    '%s: has only variables that docs/configuration.md has for %s',
    (_file, component, owner) => {
      const { env = [] } = mainContainer(owner)
      const known = documentedFor(component)
      const ours = env.map(({ name }) => name).filter((name) => OURS_BY_NAME.test(name))
      expect(ours.length).toBeGreaterThan(7)
      expect(ours.filter((name) => !known.has(name))).toEqual([])
    },
  )

  it.each(owners.filter(([file]) => file === 'minimal.yaml'))(
    'control: %s: without one required variable, %s does not start',
    async (_file, component, owner) => {
      const env = await started(owner, mainContainer(owner))
      const required = ['FRESHET_ISSUER', 'FRESHET_AUDIENCE', 'KAFKA_BROKERS', 'DATABASE_URL_FILE']
      const set = required.filter((name) => name in env)
      expect(set.length).toBeGreaterThan(0)
      for (const name of set) {
        const { [name]: _, ...rest } = env
        expect(() => READERS[component]?.(rest)).toThrow(name.replace(/_FILE$/, ''))
      }
    },
  )

  it('gives each pod its own login of Postgres and of Kafka', () => {
    const logins = ['gateway', 'reconciler', 'authority', 'console', 'migrate'].map((name) => {
      const url = new URL(installed.get(`freshet-${name}`)?.['database-url'] ?? '')
      return [name, url.username] as const
    })
    for (const [name, login] of logins) expect(login).toBe(`freshet_${name}`)
    const users = ['gateway', 'reconciler', 'authority', 'console', 'edge', 'topic-admin']
    const passwords = users.map((name) => installed.get(`freshet-${name}-kafka`)?.['password'])
    expect(new Set(passwords).size).toBe(users.length)
  })

  it('control: a secret without a key that the environment names is found', async () => {
    const [, , owner] = owners.find(([, component]) => component === 'authority') ?? []
    if (owner === undefined) throw new Error('no authority')
    const root = await mkdtemp(join(dir, 'root-'))
    const { 'tokens.keys.json': _, ...rest } = installed.get('freshet-authority') ?? {}
    const files = new Map([...installed, ['freshet-authority', rest] as const])
    const container = mainContainer(owner)
    await mountFiles(root, owner.pod, container, files)
    expect(await missingFiles(root, environmentIn(root, container))).toEqual([
      '/etc/freshet/secrets/tokens.keys.json',
    ])
  })

  it('refuses in `env` every secret of docs/configuration.md', () => {
    const secrets = SERVICES.flatMap((service) =>
      rowsOf(serviceSection(service), /^`FRESHET_[A-Z_]+`$/),
    )
      .filter(([, form = '']) => form.startsWith('secret'))
      .flatMap(([cell]) => variablesIn(cell))
    const schema = JSON.parse(
      readFileSync(join(ROOT, 'infra/helm/freshet/values.schema.json'), 'utf8'),
    ) as { $defs: { env: { propertyNames: { not: { enum: string[] } } } } }
    expect(schema.$defs.env.propertyNames.not.enum).toEqual([...new Set(secrets)].toSorted())
  })
})

describe.runIf(hasTools)('the sidecar in the pod of an application', () => {
  it('accepts its environment', async () => {
    const text = readFileSync(join(ROOT, 'infra/helm/examples/injected-sidecar.yaml'), 'utf8')
    const [owner] = podOwners(objectsIn(text))
    const [container] = owner?.pod.initContainers ?? []
    if (owner === undefined || container === undefined) throw new Error('no sidecar')
    expect(container).toMatchObject({ args: ['serve', 'sidecar'], restartPolicy: 'Always' })
    expect(READERS['sidecar']?.(await started(owner, container))).toBeDefined()
    const known = documentedFor('sidecar')
    const names = (container.env ?? []).map(({ name }) => name)
    expect(names.filter((name) => !known.has(name))).toEqual([])
  })
})
