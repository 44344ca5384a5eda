import { partitionOf } from '@freshet/protocol'
import { readCheckpoint, REVOCATIONS_TOPIC } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { KeyKind } from '../../packages/cli/src/keys/key-words.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { kafkaOf } from './direct-world.ts'
import { check, type CheckAnswer } from './edge.ts'
import { checkpointKeysOf, checkpointOf, forgedRevocation } from './forgery.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

/** D of the example registry: the lease of security, and the clock tolerance. */
const PROMISED_MS = 7_000
const SOON_MS = 30_000

interface Rotated {
  readonly keys: readonly { readonly kid: string; readonly state: string }[]
}

describe.runIf(canRun)('keys rotate while everything runs', () => {
  let stack: TestStack
  let kafka: Kafka
  beforeAll(async () => {
    stack = await startTestStack()
    kafka = kafkaOf(stack)
  })
  afterAll(async () => {
    await kafka.close()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  const askAll = (token: string): Promise<readonly CheckAnswer[]> =>
    Promise.all(SIDECARS.map((edge) => check(stack, { token }, edge)))
  const verdictsOf = (answers: readonly CheckAnswer[]): readonly string[] =>
    answers.flatMap(({ claims }) => Object.values(claims).map(({ verdict }) => verdict))
  const isAllFresh = (answers: readonly CheckAnswer[]): boolean =>
    verdictsOf(answers).every((verdict) => verdict === 'fresh')

  /** Runs `freshet keys rotate`. Returns the remaining keys, by their use. */
  async function rotate(kind: KeyKind, ...more: readonly string[]) {
    const shell = recordingShell()
    const { [kind]: file } = stack.workspace.keys
    const line = ['keys', 'rotate', file, '--lead', '0s', '-o', 'json', ...more]
    expect(await runCommand(line, shell)).toBe(0)
    const { keys } = JSON.parse(shell.written().out) as Rotated
    return (state: string): string => keys.find((key) => key.state === state)?.kid ?? ''
  }

  /** Returns the kid of the last checkpoint of the control partition, and of its last root. */
  async function signers(): Promise<{ readonly last: string; readonly root: string }> {
    const records = await kafka.reader().read(REVOCATIONS_TOPIC, 0, 0n, 10_000)
    const read = records.flatMap((record) => readCheckpoint(record) ?? [])
    const root = read.findLast(({ checkpoint }) => checkpoint.previous === null)
    return { last: read.at(-1)?.kid ?? '', root: root?.kid ?? '' }
  }

  it('a signing key denied: its tokens are refused within D, and minting goes on with the next', async () => {
    const [old, other] = [await mint(stack, 'probe'), await mint(stack, 'probe', 'directory')]
    const denied = kidOf(old)
    expect(kidOf(other)).toBe(denied)
    const change = await sourceOf(stack, 'security').send({
      op: 'deny',
      scope: 'key',
      target: denied,
    })
    const verdict = { verdict: 'stale', reason: 'key-denied', change }
    const { value } = await until('both edges refuse', PROMISED_MS, async () => {
      const answers = await askAll(old)
      return answers.every(({ decision }) => decision === 'deny') ? answers : undefined
    })
    for (const answer of value) {
      expect(answer).toMatchObject({ status: 401, claims: { groups: verdict } })
    }
    const elsewhere = { token: other, audience: 'directory' }
    for (const edge of SIDECARS) {
      expect(await check(stack, elsewhere, edge)).toMatchObject({ decision: 'deny', status: 401 })
    }
    await recorded(stack, change)
    const renewed = await mint(stack, 'probe')
    expect(kidOf(renewed)).not.toBe(denied)
    const answers = await askAll(renewed)
    expect(answers.map(({ decision }) => decision)).toEqual(['allow', 'allow'])
    expect(isAllFresh(answers)).toBe(true)
    for (const answer of await askAll(old)) {
      expect(answer).toMatchObject({ decision: 'deny', claims: { groups: verdict } })
    }
  })

  it('tokens: a key that was made just now is published, and the others stay published', async () => {
    const before = kidOf(await mint(stack, 'probe'))
    const is = await rotate('tokens')
    expect(is('signing')).toBe(before)
    await until('the new key published', SOON_MS, async () =>
      (await publishedTokenKeys(stack)).includes(is('next')) ? true : undefined,
    )
    expect(await publishedTokenKeys(stack)).toEqual([is('retiring'), before, is('next')])
    expect(isAllFresh(await askAll(await mint(stack, 'probe')))).toBe(true)
  })

  it('stamps: what gateways stamp with the next key is recorded', async () => {
    await rotate('stamps')
    const hr = sourceOf(stack, 'hr')
    for (const value of ['a', 'b', 'c']) {
      const sent = await hr.send({ op: 'add', subject: 'alice', claim: 'groups', value })
      expect(await recorded(stack, sent)).toMatchObject({ outcome: 'applied' })
    }
  })

  it('checkpoints: the next key signs, and edges are fresh at every moment', async () => {
    const token = await mint(stack, 'probe')
    const is = await rotate('checkpoints')
    const seen = new Set<string>()
    await until('checkpoints under the next key', SOON_MS, async () => {
      for (const verdict of verdictsOf(await askAll(token))) seen.add(verdict)
      return (await signers()).last === is('signing') ? true : undefined
    })
    for (let n = 0; n < 100; n++) {
      for (const verdict of verdictsOf(await askAll(token))) seen.add(verdict)
    }
    expect([...seen]).toEqual(['fresh'])
    expect((await signers()).root).toBe(is('retiring'))
  })

  it('checkpoints: a revoked key forces new roots, and an edge that starts then believes those alone', async () => {
    const bystander = neighbourOf('alice')
    const hr = sourceOf(stack, 'hr')
    const groups = { subject: bystander, claim: 'groups' }
    await recorded(stack, await hr.send({ op: 'set', ...groups, value: ['x'] }))
    const [alice, other] = [await mint(stack, 'alice'), await mint(stack, bystander)]
    const { last: stolen } = await signers()
    const is = await rotate('checkpoints', '--revoke', stolen)
    await until('a new root', SOON_MS, async () =>
      (await signers()).root === is('signing') ? true : undefined,
    )
    // A running edge already reads its keys at most every 30 s.
    const edge = 'sidecar:2'
    await processOf(stack, edge).stop()
    await processOf(stack, edge).start()
    const verdictOn = async (token: string): Promise<string | undefined> =>
      (await check(stack, { token }, edge)).claims['groups']?.verdict
    await until('fresh behind the new root', SOON_MS, async () =>
      (await verdictOn(alice)) === 'fresh' ? true : undefined,
    )
    await forge(stolen)
    // A change behind it in the same partition: its apply proves that the forged one was passed over.
    await hr.send({ op: 'clear', ...groups })
    await until('the partition read on', SOON_MS, async () =>
      (await verdictOn(other)) === 'stale' ? true : undefined,
    )
    expect(await verdictOn(alice)).toBe('fresh')
  })

  it('a rotation begins the age of the signing key anew at /metrics of its service', async () => {
    const startMs = Date.now()
    await rotate('audit')
    await until('the age of the new key', SOON_MS, async () => {
      const ageS = await sampleAt('reconciler', 'freshet_signing_key_age_seconds{set="audit"}')
      return ageS !== undefined && ageS * 1_000 <= Date.now() - startMs + 2_000 ? true : undefined
    })
    for (const [service, set] of [
      ['authority', 'tokens'],
      ['authority', 'stamps'],
      ['gateway', 'stamps'],
      ['reconciler', 'checkpoints'],
    ] as const)
      expect([
        service,
        set,
        await sampleAt(service, `freshet_signing_key_age_seconds{set="${set}"}`),
      ]).toEqual([service, set, expect.any(Number)])
  })

  it('every service shows at /metrics that both stores answer it, and the doubts are counted', async () => {
    for (const service of ['gateway', 'authority', 'reconciler', 'console'] as const)
      for (const store of ['postgres', 'kafka'])
        await until(`${service} asks ${store}`, SOON_MS, async () => {
          const label = `{store="${store}"}`
          const tookS = await sampleAt(service, `freshet_store_round_trip_seconds${label}`)
          const answers = await sampleAt(service, `freshet_store_answers${label}`)
          return answers === 1 && tookS !== undefined && tookS < 1 ? true : undefined
        })
    expect(await sampleAt('reconciler', 'freshet_doubts')).toEqual(expect.any(Number))
  })

  /** Returns a sample of a service at /metrics. */
  async function sampleAt(
    service: 'gateway' | 'authority' | 'reconciler' | 'console',
    name: string,
  ): Promise<number | undefined> {
    const text = await (await fetch(new URL('/metrics', stack.at[service]))).text()
    const line = text.split('\n').find((each) => each.startsWith(`${name} `))
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }

  /**
   * Writes the forgery of a thief who has a checkpoint key and can write to the topic: alice lost her groups.
   */
  async function forge(kid: string): Promise<void> {
    const key = (await checkpointKeysOf(stack)).find((each) => each.kid === kid)
    if (key === undefined) throw new Error('A revoked key stays in the file.')
    const partition = partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub: 'alice' })
    const forged = forgedRevocation(stack, 'subject')
    const batch = [forged, await checkpointOf(partition, forged, key)]
    await kafka.writer().append(REVOCATIONS_TOPIC, partition, batch)
  }
})

/** Returns another subject of the same partition. */
function neighbourOf(sub: string): string {
  const subject = { tenant: DEV_TENANT, iss: DEV_IDP }
  for (let at = 0; ; at++) {
    const other = `neighbour-${at}`
    if (partitionOf({ ...subject, sub: other }) === partitionOf({ ...subject, sub })) return other
  }
}

function kidOf(token: string): string {
  const [header = ''] = token.split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
}

async function publishedTokenKeys(stack: TestStack): Promise<readonly string[]> {
  const response = await fetch(new URL('/.well-known/jwks.json', stack.at.authority))
  const { keys } = (await response.json()) as { keys: readonly { kid: string }[] }
  return keys.map(({ kid }) => kid)
}
