import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKafka } from '@freshet/kafka'
import { createDatabase, inTransaction, migrate } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { CLAIMS_FRESH } from '../../packages/cli/src/doctor/checks/pipeline-checks.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { devFileIn, writeDevFile } from '../../packages/cli/src/stack/dev-file.ts'
import { freePorts } from '@freshet/owned-dir'
import { canRun, freeze, processOf, startWithOwnServers, type TestStack } from './test-stack.ts'

const MIGRATIONS = join(import.meta.dirname, '../../packages/postgres/migrations')
const SHOWN_WITHIN_MS = 30_000
const UNHEALTHY = 10

let stack: TestStack
let dir: string

/** Returns the doctor's findings for the stack, with this environment and these options. */
async function examine(env: Readonly<Record<string, string>> = {}, options = '') {
  // Writes the file as `dev` does: a process that was started again has another id.
  await writeDevFile(devFileIn(dir), stack.describe())
  const shell = recordingShell({ cwd: dir, env: { ...env, PATH: process.env['PATH'] } })
  const line = `doctor -o json ${options}`.trim().split(' ')
  const code = await runCommand(line, shell)
  const { checks } = JSON.parse(shell.written().out) as { readonly checks: readonly CheckResult[] }
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  return { code, checks, failed, text: shell.written().out }
}

/** Runs the doctor repeatedly until this check fails. */
async function untilFailed(name: string, detail = /^/): Promise<CheckResult> {
  const { value } = await until(`“${name}” fails`, SHOWN_WITHIN_MS, async () =>
    (await examine()).failed.find((check) => check.name === name && detail.test(check.detail)),
  )
  return value
}

const untilHealthy = (): Promise<unknown> =>
  until('a healthy stack', SHOWN_WITHIN_MS, async () => {
    const { code, failed } = await examine()
    if (code !== 0) throw new Error(JSON.stringify(failed))
    return true
  })

describe.runIf(canRun)('freshet doctor names fault and fix', () => {
  beforeAll(async () => {
    stack = await startWithOwnServers({
      editRegistry: (registry) => {
        registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
        registry.setIn(['sources', 'iga', 'lease'], '5s')
      },
    })
    dir = await mkdtemp(join(tmpdir(), 'freshet-doctor-'))
    await mkdir(join(dir, '.freshet'))
  })
  afterAll(async () => {
    await stack.stop()
    await rm(dir, { recursive: true })
  })

  it('control: in a healthy stack it finds no fault, and reveals no secret', async () => {
    const { value: text } = await until('no fault', SHOWN_WITHIN_MS, async () => {
      const { checks, text: shown } = await examine()
      const faults = checks.filter(({ outcome }) => outcome !== 'ok')
      return faults.length === 0 ? shown : Promise.reject(new Error(JSON.stringify(faults)))
    })
    const { postgres, admin, clients } = stack.describe()
    const secrets = [new URL(postgres.url).password, admin.token, clients['payments-web']?.secret]
    for (const secret of secrets.filter(Boolean)) expect(text).not.toContain(secret)
    const { value: status } = await until('a fresh verdict', SHOWN_WITHIN_MS, async () => {
      const shell = recordingShell({ cwd: dir })
      const code = await runCommand(['status', '--all'], shell)
      const { out } = shell.written()
      return code === 0 ? out : Promise.reject(new Error(out))
    })
    expect(status).toMatch(/^FRESH since[^]*^hr +acme +live[^]*^0 control +\d+\/\d+ /m)
  })

  it('where Kafka is absent', async () => {
    const [port] = await freePorts(1)
    const { code, checks } = await examine({ KAFKA_BROKERS: `127.0.0.1:${port}` })
    expect(code).toBe(UNHEALTHY)
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'a broker answers',
        outcome: 'failed',
        fix: expect.stringContaining('KAFKA_BROKERS') as unknown,
      }),
    )
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'topics are as planned',
        outcome: 'skipped',
        detail: 'cannot be checked until “broker” passes',
      }),
    )
  })

  it('where the brokers name the port of the controller', async () => {
    const pid = String(stack.describe().processes['kafka'])
    const args = execFileSync('ps', ['-ww', '-o', 'args=', '-p', pid], { encoding: 'utf8' })
    const properties = await readFile(args.trim().split(' ').at(-1) ?? '', 'utf8')
    const port = /CONTROLLER:\/\/127\.0\.0\.1:(\d+)/.exec(properties)?.[1]
    const { code, failed } = await examine({ KAFKA_BROKERS: `127.0.0.1:${port}` }, '--development')
    expect(code).toBe(UNHEALTHY)
    expect(failed).toMatchObject([
      {
        name: 'a broker answers',
        detail: expect.stringContaining('not of a controller') as unknown,
        fix: expect.stringContaining('Correct the variable') as unknown,
      },
    ])
  })

  it('where a topic has another number of partitions, or another setting', async () => {
    const kafka = createKafka({ brokers: [...stack.at.brokers], clientId: 'freshet-e2e' })
    try {
      const [audit, issuances] = ['freshet.audit.v1', 'freshet.issuances.v1']
      await kafka.topics.remove([audit])
      await kafka.topics.apply([{ name: audit, partitions: 2, replication: 1, config: {} }])
      const [counted] = (await examine()).failed
      expect(counted).toMatchObject({ name: 'topics are as planned', outcome: 'failed' })
      expect(counted?.detail).toContain(`${audit}: partitions is 2, planned 1`)
      expect(counted?.fix).toContain(`make ${audit} anew with 1 partitions`)

      await kafka.topics.remove([audit, issuances])
      const config = { 'message.timestamp.type': 'CreateTime', 'min.insync.replicas': '1' }
      await kafka.topics.apply([{ name: issuances, partitions: 7, replication: 1, config }])
      const [missing] = (await examine()).failed
      expect(missing).toMatchObject({ fix: 'freshet topic apply' })
      const set = 'message.timestamp.type is CreateTime, planned LogAppendTime'
      expect(missing?.detail).toContain(`${issuances}: ${set}`)

      await kafka.topics.remove([issuances])
      expect(await runCommand(['topic', 'apply'], recordingShell({ cwd: dir }))).toBe(0)
      await untilHealthy()
    } finally {
      await kafka.close()
    }
  })

  it('where Postgres has the schema of an older migration, and where it is read-only', async () => {
    const url = new URL(stack.at.databaseUrl)
    const admin = createDatabase({ url: url.href, applicationName: 'freshet-e2e', max: 1 })
    const run = (text: string) => admin.query({ name: '', text })
    const older = Object.assign(new URL(url), { pathname: '/older' }).href
    const files = (await readdir(MIGRATIONS)).toSorted()
    const kept = join(dir, 'migrations')
    await cp(MIGRATIONS, kept, { recursive: true })
    await rm(join(kept, files.at(-1) ?? ''))
    try {
      await run('CREATE DATABASE older')
      await using database = createDatabase({ url: older, applicationName: 'freshet-e2e', max: 1 })
      await migrate(database, kept)
      const { code, failed } = await examine({ DATABASE_URL: older })
      expect(code).toBe(UNHEALTHY)
      expect(failed).toMatchObject([
        {
          name: 'its schema is this build’s',
          detail: expect.stringContaining('older: 1 step is missing') as unknown,
          fix: 'freshet db migrate',
        },
      ])
      await migrate(database)
      await run('ALTER DATABASE older SET default_transaction_read_only = on')
      expect((await examine({ DATABASE_URL: older })).failed).toMatchObject([
        {
          name: 'it takes writes',
          detail: 'transactions are read-only by default',
          fix: expect.stringContaining('default_transaction_read_only = off') as unknown,
        },
      ])
    } finally {
      await run('DROP DATABASE IF EXISTS older WITH (FORCE)')
      await admin.close()
    }
  })

  it('where the authority answers with another issuer', async () => {
    const other = 'https://tokens.elsewhere.example'
    const { code, failed } = await examine({}, `--issuer ${other}`)
    expect(code).toBe(UNHEALTHY)
    expect(failed).toMatchObject([
      {
        name: 'its metadata names the issuer',
        detail: `it calls itself ${stack.at.authority}, expected ${other}`,
        fix: expect.stringContaining('FRESHET_ISSUER') as unknown,
      },
    ])
  })

  it('where the registry differs from the version that is active', async () => {
    const { registry } = stack.describe()
    const before = await readFile(registry, 'utf8')
    await writeFile(registry, before.replace('oncall-sec@', 'oncall@'))
    try {
      const { value: warnings } = await until('one warning', SHOWN_WITHIN_MS, async () => {
        const { code, checks } = await examine()
        const warned = checks.filter(({ outcome }) => outcome === 'warning')
        return code === 0 && warned.length === 1 ? warned : undefined
      })
      expect(warnings).toMatchObject([
        {
          name: 'the active policy is this registry’s',
          detail: 'version 1 is active, and the file here has other content',
          fix: expect.stringContaining('raise `version`') as unknown,
        },
      ])
      await writeFile(registry, 'version: 1\n')
      expect((await examine()).failed).toMatchObject([
        { name: 'the registry is sound', fix: expect.stringContaining('registry lint') as unknown },
      ])
    } finally {
      await writeFile(registry, before)
    }
  })

  it('where a source is silent beyond its lease, and an edge does not go on', async () => {
    const thaw = freeze(stack, 'sidecar:2')
    await processOf(stack, 'source:iga').stop('SIGKILL')
    try {
      const silent = await untilFailed(
        CLAIMS_FRESH,
        /iga of acme is silent: last heard .*, lease 5 s/,
      )
      expect(silent.fix).toContain('check that iga runs')
      await until('the metrics of an edge name the source', SHOWN_WITHIN_MS, async () => {
        const text = await (await fetch(new URL('/metrics', stack.describe().sidecar.url))).text()
        const series = 'freshet_edge_unverified_sources{tenant="acme",source="iga"} 1'
        return text.includes(series) ? true : undefined
      })
      await untilFailed(CLAIMS_FRESH, /sidecar:2 /)
      const unready = await untilFailed('sidecar:2 is ready')
      expect(unready.means).toContain('sidecar:2 cannot do its part')
      const shell = recordingShell({ cwd: dir })
      expect(await runCommand(['status'], shell)).toBe(UNHEALTHY)
      expect(shell.written().out).toMatch(/^NOT FRESH/m)
    } finally {
      thaw()
      await processOf(stack, 'source:iga').start()
    }
    await untilHealthy()
  })

  it('where another transaction holds the place of a partition: the partition, the record and the error', async () => {
    const url = stack.at.databaseUrl
    await using db = createDatabase({ url, applicationName: 'freshet-e2e', max: 1 })
    await inTransaction(db, {}, async (tx) => {
      await tx.query({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' })
      const text = 'SELECT next_offset::text AS at FROM progress WHERE partition = 3 FOR UPDATE'
      const { rows } = await tx.query<{ at: string }>({ name: '', text })
      const paused = await untilFailed(CLAIMS_FRESH, /Partition 3 is stuck/)
      const place = `Partition 3 is stuck at record ${rows[0]?.at} since `
      expect(paused.detail).toContain(place)
      expect(paused.detail).toContain('database.timeout: Postgres refused with SQLSTATE 55P03')
      expect(paused.fix).toContain('pg_stat_activity')
      const metrics = await (await fetch(new URL('/metrics', stack.at.reconciler))).text()
      expect(metrics).toContain('freshet_recording_paused{partition="3"} 1')
      expect(metrics).toContain('freshet_recording_paused{partition="4"} 0')
    })
    await untilHealthy()
  })

  it('where the reconciler hangs: nothing is published', async () => {
    const thaw = freeze(stack, 'reconciler')
    try {
      const late = await untilFailed(CLAIMS_FRESH, /reconciler/)
      expect(late.means).toMatch(/./)
      const unready = await untilFailed('reconciler is ready')
      expect(unready.means).toContain('reconciler cannot do its part')
    } finally {
      thaw()
    }
    await untilHealthy()
  })
})
