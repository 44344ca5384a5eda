import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKafka, type KafkaOptions } from '@freshet/kafka'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { namedAccess } from '../../packages/cli/src/with-kafka.ts'
import { cliFolder, type CliFolder, type Ended } from '../e2e/cli.ts'
import { check } from '../e2e/edge.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, processOf, startOn, untilFresh, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'
import { startSidecar } from './sidecar.ts'
import {
  EDGE_NAMES,
  startSecuredKafka,
  type Environment,
  type SecuredKafka,
} from './secured-kafka.ts'

const SCRAM_USERS = ['topics', 'gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
const [EDGE, NEXT_EDGE] = EDGE_NAMES
const HEALS = { timeout: 60_000 }
/** Kafka's own tools start Java for each command. */
const SET_UP_WITHIN_MS = 300_000
/** The broker restarts, and every process connects again. */
const ROTATES_WITHIN_MS = 240_000

describe.runIf(canRun)('Freshet on a broker that allows nothing by default', () => {
  let secured: SecuredKafka
  let stack: TestStack
  let cli: CliFolder

  beforeAll(async () => {
    secured = await startSecuredKafka()
    await putCertificate(secured.issue(EDGE))
    stack = await startOn([secured.scram('topics')['KAFKA_BROKERS'] ?? ''], environmentOf)
    cli = await cliFolder(stack)
  }, SET_UP_WITHIN_MS)
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    await secured?.[Symbol.asyncDispose]()
    expect(stack?.deaths).toEqual([])
  })

  function environmentOf(name: string): Environment {
    if (name === 'sidecar:2') return secured.mtls('edge')
    const user = SCRAM_USERS.find((each) => each === name)
    return user === undefined ? {} : secured.scram(user)
  }
  async function putCertificate({ cert, key }: { cert: string; key: string }): Promise<void> {
    await secured.put('edge.pem', cert)
    await secured.put('edge.key', key)
  }
  const logOf = (name: string): Promise<string> =>
    readFile(join(stack.workspace.logs, `${name.replace(':', '-')}.log`), 'utf8')

  /** Runs the CLI in the folder of the stack, on the Kafka that the environment names. */
  async function freshet(env: Environment, ...args: readonly string[]): Promise<Ended> {
    const shell = recordingShell({ cwd: cli.dir, env })
    const code = await runCommand(args, shell)
    return { code, ...shell.written() }
  }
  /** Returns the faults of Kafka that the doctor finds. */
  async function doctorOf(env: Environment, ...options: readonly string[]) {
    const { out } = await freshet(env, 'doctor', '--development', '-o', 'json', ...options)
    const { checks } = JSON.parse(out) as { readonly checks: readonly CheckResult[] }
    return checks.filter(({ group, outcome }) => group === 'Kafka' && outcome === 'failed')
  }
  async function clientOf(env: Environment): Promise<KafkaOptions> {
    return { ...(await namedAccess({ env }, AbortSignal.abort())), clientId: 'freshet-test' }
  }
  async function revokedAtBoth(subject: string): Promise<void> {
    const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
    await recorded(stack, await hr.send({ op: 'set', subject, claim: 'groups', value: ['a', 'b'] }))
    await recorded(
      stack,
      await iga.send({ op: 'set', subject, claim: 'entitlements', value: ['x'] }),
    )
    const token = await mint(stack, subject)
    const change = await hr.send({ op: 'remove', subject, claim: 'groups', value: 'b' })
    await applied(stack, change)
    const question = { token, require: { groups: ['b'] } }
    for (const edge of ['sidecar', 'sidecar:2'] as const)
      expect(await check(stack, question, edge)).toMatchObject({ decision: 'deny' })
  }

  it('a change goes from the source to a refusal at an edge with SCRAM and at one with mTLS', async () => {
    await revokedAtBoth('alice')
  })

  it('operators work with the printed rights: topics, doctor, tail, audit, cut-offs, replays', async () => {
    const topics = secured.scram('topics')
    expect(await freshet(topics, 'topic', 'apply', '--development')).toMatchObject({ code: 0 })
    expect(await freshet(topics, 'topic', 'verify', '--development')).toMatchObject({ code: 0 })
    const tail = ['revocation', 'tail', '--from-beginning', '--limit', '1'] as const
    expect(await freshet(secured.mtls('edge'), ...tail)).toMatchObject({ code: 0 })
    expect(await freshet(secured.scram('sidecar'), ...tail)).toMatchObject({ code: 0 })
    const audit = await freshet(secured.scram('auditor'), 'audit', 'verify')
    expect(audit).toMatchObject({ err: expect.not.stringContaining('broker.') as unknown })
    const doctor = await freshet(topics, 'doctor', '--development', '-o', 'json')
    const { checks } = JSON.parse(doctor.out) as {
      checks: { group: string; outcome: string; detail: string }[]
    }
    const onKafka = checks.filter(({ group }) => group === 'Kafka')
    // Without a heartbeat in time the broker's clock cannot be compared, which is a warning.
    expect(onKafka.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(onKafka[0]?.detail).toBe('TLS, scram-sha-512 as topics')
    const cutOff = await cli.freshet('cut-off', 'client', 'payments-web', '--yes')
    expect(cutOff).toMatchObject({ code: 0 })
    await replayOfForgery()
  })

  /**
   * A source with the right to write writes a record that no source signed; the gateway reads it back to
   * replay it.
   */
  async function replayOfForgery(): Promise<void> {
    const kafka = createKafka(await clientOf(secured.scram('source')))
    const record = { key: null, value: Buffer.from('{}'), headers: {} }
    await kafka.writer().append('freshet.changes.v1', 1, [record])
    await kafka.close()
    const listQuarantined = async (): Promise<readonly { id: string }[]> => {
      const { out } = await cli.freshet('quarantine', 'ls', '-o', 'json')
      return (JSON.parse(out) as { items: { id: string }[] }).items
    }
    await expect.poll(listQuarantined, HEALS).toHaveLength(1)
    const [{ id } = { id: '' }] = await listQuarantined()
    await expect
      .poll(
        async () => (await cli.freshet('quarantine', 'replay', id, '--reason', 'test')).err,
        HEALS,
      )
      .not.toMatch(/broker\.|not.*forwarded/i)
  }

  it('no process met a right that it lacks', async () => {
    for (const name of stack.processes.keys())
      expect(await logOf(name)).not.toContain('broker.denied')
  })

  it('an edge may neither write revocations nor read changes', async () => {
    const kafka = createKafka(await clientOf(secured.scram('sidecar')))
    const record = { key: null, value: Buffer.from('{}'), headers: {} }
    const forged = kafka.writer().append('freshet.revocations.v1', 1, [record])
    await expect(forged).rejects.toMatchObject({
      code: 'broker.denied',
      message: expect.stringMatching(
        /revocations\.v1: .* User:sidecar, which needs Write/,
      ) as unknown,
    })
    const read = kafka.reader().read('freshet.changes.v1', 1, 0n, 1)
    await expect(read).rejects.toMatchObject({ code: 'broker.denied' })
    await kafka.close()
  })

  const wrong: readonly [string, string, RegExp, () => Environment][] = [
    [
      'no credentials',
      'broker.unauthenticated',
      /without SASL/,
      () => without(secured.scram('sidecar'), /SASL/),
    ],
    [
      'a wrong password',
      'broker.unauthenticated',
      /refuses user sidecar/,
      () => ({
        ...secured.scram('sidecar'),
        KAFKA_SASL_PASSWORD_FILE: join(secured.dir, 'gateway.password'),
      }),
    ],
    [
      'a CA that did not sign',
      'broker.tls',
      /KAFKA_TLS_CA_FILE/,
      () => ({ ...secured.scram('sidecar'), KAFKA_TLS_CA_FILE: join(secured.dir, 'other-ca.pem') }),
    ],
    [
      'another host name',
      'broker.tls',
      /not for kafka\.example/,
      () => ({ ...secured.scram('sidecar'), KAFKA_TLS_SERVER_NAME: 'kafka.example' }),
    ],
    ['no TLS', 'broker.tls', /Set KAFKA_TLS=true/, () => without(secured.scram('sidecar'), /TLS/)],
    [
      'no client certificate',
      'broker.tls',
      /client certificate/,
      () => without(secured.mtls('edge'), /CERT|KEY/),
    ],
    [
      'no right on the topic',
      'broker.denied',
      /revocations\.v1.*User:stranger/,
      () => secured.scram('stranger'),
    ],
  ]
  it.each(wrong)(
    'an edge with %s reports %s, once, and is not ready',
    async (_, code, message, env) => {
      await using sidecar = await startSidecar(stack, env())
      await expect.poll(() => sidecar.log(), HEALS).toMatch(message)
      await expect.poll(() => sidecar.ready(), HEALS).toContain(code)
      expect(
        sidecar
          .log()
          .split('\n')
          .filter((line) => line.includes(`(${code})`) && message.test(line)),
      ).toHaveLength(1)
      const tailed = await freshet(env(), 'revocation', 'tail', '--limit', '1')
      expect(tailed).toMatchObject({
        code: code === 'broker.tls' ? 4 : 5,
        err: expect.stringMatching(message) as unknown,
      })
      const faults = await doctorOf(env(), '--service', 'sidecar')
      expect(faults.map(({ detail, fix }) => `${detail} ${fix}`).join('\n')).toMatch(
        code === 'broker.denied' ? /missing: Read, Describe on freshet\.revocations\.v1/ : message,
      )
    },
  )

  it('the doctor names each right that a role lacks, and none that it has', async () => {
    const rights = ({ name }: CheckResult): boolean => name.endsWith(' has its rights')
    for (const service of ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const)
      expect((await doctorOf(secured.scram(service), '--service', service)).filter(rights)).toEqual(
        [],
      )
    const others = await doctorOf(secured.scram('authority'), '--service', 'reconciler')
    const missing = others.find(rights)
    expect(missing?.detail).toContain('Read, DescribeConfigs on freshet.changes.v1')
    expect(missing?.detail).toContain('Write, Describe on freshet.audit.v1')
    expect(missing?.fix).toContain('topic plan -o acl --principal reconciler=')
  })

  it('the doctor names a listener without TLS where TLS is set, and an expired client certificate', async () => {
    const [plain = ''] = secured.kafka.brokers
    const tls = { ...secured.mtls('edge'), KAFKA_BROKERS: plain }
    const [fault] = await doctorOf(tls)
    expect(fault?.detail).toMatch(/TLS with .* fails: .*TLS listener/)
    const expired = secured.issue(EDGE, -2)
    await secured.put('late.pem', expired.cert)
    await secured.put('late.key', expired.key)
    const [late] = await doctorOf(secured.mtls('late'))
    expect(late?.detail).toContain('client certificate')
  })

  it('an expired client certificate is refused until the file holds another, without a restart', async () => {
    const expired = secured.issue(EDGE, -2)
    await secured.put('old.pem', expired.cert)
    await secured.put('old.key', expired.key)
    await using sidecar = await startSidecar(stack, secured.mtls('old'))
    await expect
      .poll(() => sidecar.log(), HEALS)
      .toMatch(/refuses the client certificate.*broker\.tls/)
    const renewed = secured.issue(EDGE)
    await secured.put('old.pem', renewed.cert)
    await secured.put('old.key', renewed.key)
    await expect.poll(() => sidecar.ready(), HEALS).toContain('edge ok')
  })

  it(
    'a password and a certificate are replaced while processes run; connections of later use them',
    async () => {
      const pids = ['gateway', 'sidecar:2'].map((name) => processOf(stack, name).pid)
      await secured.kafka.javaTool('org.apache.kafka.tools.ConfigCommand', [
        '--bootstrap-server',
        secured.kafka.brokers.join(','),
        '--alter',
        '--entity-type',
        'users',
        '--entity-name',
        'gateway',
        '--add-config',
        'SCRAM-SHA-512=[password=gateway-2]',
      ])
      await secured.put('gateway.password', 'gateway-2')
      await putCertificate(secured.issue(NEXT_EDGE))
      await secured.runAcls([
        `kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --remove --force --allow-principal User:${EDGE} --operation Read --operation Describe --topic freshet.revocations.v1`,
      ])
      await expect.poll(() => logOf('gateway'), HEALS).toContain('KAFKA_SASL_PASSWORD_FILE')
      await expect.poll(() => logOf('sidecar:2'), HEALS).toContain('KAFKA_TLS_KEY_FILE')
      await secured.kafka.restart()
      await untilFresh(stack)
      await revokedAtBoth('bob')
      expect(['gateway', 'sidecar:2'].map((name) => processOf(stack, name).pid)).toEqual(pids)
    },
    ROTATES_WITHIN_MS,
  )
})

function without(env: Environment, names: RegExp): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)))
}
