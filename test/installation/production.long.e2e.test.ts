import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SlosAnswer } from '@freshet/insight/answers'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { ROOT } from '../../packages/cli/src/stack/paths.ts'
import { canRun } from '../e2e/test-stack.ts'
import { startManagedPostgres, type ManagedPostgres } from '../managed/managed-postgres.ts'
import {
  startSecuredCluster,
  startSecuredKafka,
  type SecuredCluster,
  type SecuredKafka,
} from '../secured/secured-kafka.ts'
import { productionWalk, stepsOn, type Machine } from '../setup/production-page.ts'
import { AT_END, freeRow } from './walk-shell.ts'

/** The path of an installed command line. Default: that of the clone. */
const INSTALLED = process.env['FRESHET_WALK_INSTALLED']
const FRESHET = INSTALLED ?? join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')
/** On three brokers, the walk takes longer. */
const IS_CLUSTER = process.env['FRESHET_WALK_BROKERS'] === '3'
const WITHIN_MS = 600_000
/** The runs of doctor until one has no warning. */
const DOCTORS_MAX = 20
/** Five services, and the heartbeats of the source. */
const STARTED = 6

let kafka: SecuredKafka | SecuredCluster
let postgres: ManagedPostgres
let dir: string
let firstPort: number

beforeAll(async () => {
  if (!canRun) return
  kafka = await (IS_CLUSTER ? startSecuredCluster : startSecuredKafka)({ isPrepared: false })
  postgres = await startManagedPostgres()
  dir = await mkdtemp(join(tmpdir(), 'freshet-production-'))
  firstPort = await freeRow()
  await mkdir(join(dir, 'bin'))
  await symlink(FRESHET, join(dir, 'bin', 'freshet'))
}, WITHIN_MS)
afterAll(async () => {
  if (!canRun) return
  await postgres[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

/** The cluster and the database as the page names them. They have neither a user nor a right nor a role. */
function machine(): Machine {
  const { BOOTSTRAP: bootstrap = '', ADMIN_CONFIG: adminConfig = '' } = kafka.admin
  const adminDatabaseUrl = postgres.urlOf({ login: 'dba' })
  return {
    brokers: kafka.scram('topics')['KAFKA_BROKERS'] ?? '',
    kafkaCa: join(kafka.dir, 'ca.pem'),
    bootstrap,
    adminConfig,
    adminDatabaseUrl,
    databaseUrl: Object.assign(new URL(adminDatabaseUrl), { username: '', password: '' }).href,
    firstPort,
    development: !IS_CLUSTER,
  }
}

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

function bash(script: string): Promise<Outcome> {
  const { HOME } = process.env
  const env = { PATH: `${join(dir, 'bin')}:${kafka.admin['PATH']}`, HOME, NO_COLOR: '1' }
  const options = { cwd: dir, env, maxBuffer: 64 * 1024 * 1024, timeout: WITHIN_MS }
  return new Promise((resolve) => {
    const child = execFile('bash', ['--norc', '-c', script], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

/** Commands that the page only names: they use the environment of the page, too. */
const FURTHER = `
freshet token check "$TOKEN" --require groups=payments-approvers || echo "checked with $?"
freshet token explain "$TOKEN" -o json
token=$(freshet source token --source hr --key-file installation/secrets/hr.private.json)
curl -fsS "$FRESHET_GATEWAY_URL/v1/sources/hr?tenant=acme" -H "authorization: Bearer $token"
echo
probed() { curl -fsS "$FRESHET_URL/v1/status" -H "authorization: Bearer $(cat "$FRESHET_TOKEN_FILE")"; }
until probed | grep -q '"broken":null'; do sleep 1; done
# A busy machine answers late, which looks like another clock.
for try in $(seq ${DOCTORS_MAX}); do
  freshet doctor ${IS_CLUSTER ? '' : '--development '}--registry installation/registry.yaml --wait=3m -o json >doctor.json
  grep -q '"outcome": "warning"' doctor.json || break
done
freshet slo report -o json >slos.json
until freshet status -o json >status.json; do sleep 1; done
`

describe.runIf(canRun)('an installation of your own, on stores that allow nothing', () => {
  it(
    'leads from nothing to a refusal by the commands of its page, and ends without an error',
    async () => {
      const script = ['set -euo pipefail', AT_END, stepsOn(machine()), FURTHER].join('\n')
      const { code, out, err } = await bash(script)
      expect([code, code === 0 ? '' : `${out.slice(-4_000)}\n${err.slice(-4_000)}`]).toEqual([
        0,
        '',
      ])
      expect(out.match(/^HTTP.*(?=\r)/gm)).toEqual(productionWalk().shown)
      expect(out).toMatch(/^refused everywhere \d+ ms after the removal was sent$/m)
      expect(out).toMatch(/^deny .token\.stale[^]*^checked with 11$/m)
      expect(out).toMatch(/"groups": \{\s*"verdict": "stale"/)
      expect(out).toMatch(/"owner": ?"people-systems"/)
      expect(out.match(/^ended with \d+$/gm)).toEqual(Array(STARTED).fill('ended with 0'))
      expect(err).toContain('the gateway accepts the heartbeats of hr')
      // The brokers grant nothing beside what the page printed.
      expect(`${out}${err}`).not.toMatch(/broker\.(?:denied|unauthenticated)/)
    },
    WITHIN_MS,
  )

  it('ends fresh and watched: doctor has no warning, a probe held, and objectives have data', async () => {
    const read = async <T>(name: string): Promise<T> =>
      JSON.parse(await readFile(join(dir, name), 'utf8')) as T
    const { checks } = await read<{ checks: CheckResult[] }>('doctor.json')
    expect(checks.length).toBeGreaterThan(20)
    const found = checks.filter(({ outcome }) => outcome === 'warning' || outcome === 'failed')
    expect(found).toEqual([])
    // The rights of the command line do not include the settings of a broker.
    const skipped = checks.filter(({ outcome }) => outcome === 'skipped')
    expect(skipped.map(({ name }) => name)).toEqual(['a dead broker is noticed'])
    expect((await read<{ state: string }>('status.json')).state).toBe('fresh')
    const { items } = await read<SlosAnswer>('slos.json')
    const measured = items.filter(({ valid }) => valid > 0).map(({ name }) => name)
    expect(measured).toEqual(
      expect.arrayContaining(['correctness', 'reduce-complete-2s', 'source-ingest-5s']),
    )
  })

  it('has its secrets in files that the owner alone can read', async () => {
    const mode = async (path: string): Promise<number> =>
      (await stat(join(dir, 'installation', path))).mode & 0o777
    expect(await mode('secrets')).toBe(0o700)
    expect(await mode('secrets/tokens.keys.json')).toBe(0o600)
    expect(await readFile(join(dir, 'installation/gateway.env'), 'utf8')).not.toContain('postgres:')
  })
})
