import { FreshetError, partitionOf, PARTITIONS, type ForeignToken } from '@freshet/protocol'
import type { PolicyVersion } from '@freshet/registry'
import { acmeRegistry, AMY, fakeLog, foreignIssuer, ManualClock } from '@freshet/testkit'
import {
  encodeIssuance,
  generateKey,
  importJwks,
  importSigningKey,
  ISSUANCES_TOPIC,
  signRecord,
  type Issuance,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { beforeAll, expect, test } from 'vitest'
import { type ForeignCursor, FOREIGN_PAUSE_MS, runIssuances } from './run-issuances.ts'

const P = partitionOf(AMY)
const { issuer } = foreignIssuer()
let key: SigningKey
let stranger: SigningKey
let known: readonly VerifyKey[]

beforeAll(async () => {
  const pair = await generateKey('ES256', 'feed-1')
  key = importSigningKey(pair.privateJwk)
  known = importJwks({ keys: [pair.publicJwk] })
  stranger = importSigningKey((await generateKey('ES256', 'feed-1')).privateJwk)
})

const issued = (jti: string, more: Partial<Issuance> = {}): Issuance => ({
  issuer,
  jti,
  subject: AMY,
  client: 'web',
  audience: 'payments',
  kid: 'sts-1',
  pv: 0,
  registryHash: 'A'.repeat(43),
  iatMs: 1_795_514_400_000,
  expMs: 1_795_514_700_000,
  claims: ['groups', 'entitlements'],
  claimsDigest: 'B'.repeat(43),
  throughMs: new Map(),
  ...more,
})

/** Returns the times at which marking takes the rest of a quiet process, if its steps end so. */
async function restsOfMarking(
  steps: readonly (ForeignCursor | null | 'failed')[],
): Promise<readonly number[]> {
  const clock = new ManualClock()
  const ended = new AbortController()
  const rests: number[] = []
  const left = [...steps]
  const away = new FreshetError('database.unavailable', 'planned')
  const running = runIssuances(
    {
      ledger: {
        positions: async () => new Map(),
        record: async () => undefined,
        mark: async () => {
          const cursor = left.shift() ?? null
          if (cursor === 'failed') throw away
          return { marked: 0, cursor }
        },
      },
      reader: fakeLog(PARTITIONS.length, () => clock.nowMs()),
      timer: clock,
      version: () => expect.unreachable(),
      onRefused: () => undefined,
      onFailed: (error) => expect(error).toBe(away),
      rest: (ms, signal) => {
        rests.push(clock.monotonicMs())
        return clock.sleep(ms, signal)
      },
    },
    ended.signal,
  )
  await clock.advance(0)
  for (let n = 1; n < steps.length; n += 1) await clock.advance(FOREIGN_PAUSE_MS)
  ended.abort()
  await clock.advance(FOREIGN_PAUSE_MS)
  await running
  return rests
}

/** Reads the records of Amy's partition, and returns which were stored and which were not. */
async function readAll(
  put: (
    append: (issuance: Issuance, by?: SigningKey, place?: number) => Promise<void>,
  ) => Promise<void>,
) {
  const clock = new ManualClock()
  const log = fakeLog(PARTITIONS.length, () => clock.nowMs())
  const kept: ForeignToken[] = []
  const refused: string[] = []
  const positions = new Map<number, bigint>()
  await put(async (issuance, by = key, partition = P) => {
    const record = await signRecord(encodeIssuance(issuance), { partition, number: 1n }, by)
    await log.append(ISSUANCES_TOPIC, P, [record])
  })
  const ended = new AbortController()
  const issuers = new Map([['sts', foreignIssuer({ issuances: 'iga' })]])
  const running = runIssuances(
    {
      ledger: {
        positions: async () => positions,
        record: async (partition, nextOffset, tokens) => {
          positions.set(partition, nextOffset)
          kept.push(...tokens)
        },
        mark: async () => ({ marked: 0, cursor: null }),
      },
      reader: log,
      timer: clock,
      version: () =>
        ({
          registry: acmeRegistry({ issuers }),
          sourceKeys: (source) => (source === 'iga' ? known : []),
        }) as PolicyVersion,
      onRefused: (_partition, records, rule) => void refused.push(`${records} ${rule}`),
      onFailed: (error) => {
        throw error
      },
    },
    ended.signal,
  )
  for (let n = 0; n < 20; n++) await clock.advance(100)
  ended.abort()
  await clock.advance(2_000)
  await running
  return { kept, refused, positions }
}

test('an issuance that the source of an issuer signed is stored, with the claims that the issuer gives', async () => {
  const { kept, positions, refused } = await readAll(async (append) => {
    await append(issued('a'))
    await append(issued('b', { claims: [] }))
  })
  expect(refused).toEqual([])
  expect(kept.map(({ jti, claims }) => [jti, claims])).toEqual([
    ['a', ['groups']],
    ['b', []],
  ])
  expect(positions.get(P)).toBe(2n)
})

test.each<readonly [string, Partial<Issuance>, RegExp]>([
  ['of an issuer that nobody declared', { issuer: 'https://elsewhere.example' }, /no key/],
  ['of a life beyond its terms', { expMs: 1_795_514_700_001 + 1_000 }, /terms/],
])('what is %s is passed over, and what follows is kept', async (_what, more, rule) => {
  const { kept, refused } = await readAll(async (append) => {
    await append(issued('a', more))
    await append(issued('b'))
  })
  expect(kept.map(({ jti }) => jti)).toEqual(['b'])
  expect(refused).toEqual([expect.stringMatching(rule)])
})

test('control: what another signed, or for another place, is passed over', async () => {
  const { kept, refused } = await readAll(async (append) => {
    await append(issued('a'), stranger)
    await append(issued('b'), key, P + 1)
  })
  expect(kept).toEqual([])
  expect(refused).toEqual(['2 the JWS of the record does not verify'])
})

test('marking rests as a quiet process does behind the last token alone', async () => {
  const next = { issuer, jti: 'a' }
  expect(await restsOfMarking([next, null, 'failed', null])).toEqual([
    FOREIGN_PAUSE_MS,
    3 * FOREIGN_PAUSE_MS,
  ])
})
