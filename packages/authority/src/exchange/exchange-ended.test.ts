import {
  denialKey,
  NO_LABEL,
  scopeKey,
  UNTOUCHED_ACCOUNT,
  type Denial,
  type JudgedToken,
  type Scope,
} from '@freshet/protocol'
import { generateKey, importSigningKey } from '@freshet/wire'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { RecheckAnswer, MintStore, StaleMark } from '../mint/mint-store.ts'
import { mint, type MintDependencies, type MintOrder } from '../mint/mint.ts'

const NOW = 1_795_514_400_000
const registry = acmeRegistry({ version: 3 })
const alice = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const audience = { name: 'ledger', claims: [], ttlMs: 300_000, routes: new Map() }
const order: MintOrder = { tenant: 'acme', parties: [alice], client: 'payments', audience }
const exchanged: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { ...NO_LABEL, e: 1n, c: 910n } }],
  claims: new Map(),
}
const signing = importSigningKey((await generateKey('ES256', 'k1')).privateJwk)

/** The new label is read at 912, behind whatever happened at 911. */
function looking(
  answer: Partial<RecheckAnswer>,
): MintDependencies & { marks: readonly StaleMark[] } {
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  const partition = { e: 1n, nextOffset: 912n, activePv: 3, activeHash: 'ab', throughMs }
  const state = { claims: new Map(), doubts: new Set<string>(), withdrawn: new Map() }
  const marks: StaleMark[] = []
  const store: MintStore = {
    snapshot: async () => ({
      ...state,
      control: partition,
      parties: [{ partition, known: true, account: UNTOUCHED_ACCOUNT }],
      denied: [],
    }),
    recordAndRecheck: async () => {
      return { partitions: new Map(), watermarks: new Map(), denials: new Map(), ...answer }
    },
    withhold: async (_, mark) => void marks.push(mark),
  }
  return {
    store,
    marks,
    clock: new ManualClock(NOW),
    randomId: () => 'j2',
    keys: () => [{ ...signing, signsFromMs: 0 }],
    issuer: 'https://tokens.example',
    loaded: { registry, hash: 'ab' },
  }
}
const cause = { source: 'hr', change: 'c9' }
const raised = (scope: Scope) => ({
  watermarks: new Map([[scopeKey(scope), { ...cause, position: { e: 1n, offset: 911n } }]]),
})
const denying = (denial: Denial) => ({ denials: new Map([[denialKey(denial), cause]]) })

it.each<[string, Partial<RecheckAnswer>]>([
  ['its account', raised({ kind: 'account', subject: alice })],
  ['its client', raised({ kind: 'client', tenant: 'acme', client: 'web' })],
  ['the token', denying({ tenant: 'acme', kind: 'token', id: 'j1' })],
])('lets nothing leave where %s was ended while a token was exchanged', async (_, answer) => {
  const deps = looking(answer)
  await expect(mint({ ...order, from: [exchanged] }, deps)).rejects.toMatchObject({
    code: 'token.invalid',
  })
  expect(deps.marks).toMatchObject([{ change: 'c9' }])
  // By itself the new one would leave, and never be ended by it: its label is newer (control).
  expect(await mint(order, looking(answer))).toMatchObject({ jti: 'j2' })
})

it('lets what it is exchanged for leave where nothing ended it', async () => {
  expect(await mint({ ...order, from: [exchanged] }, looking({}))).toMatchObject({ jti: 'j2' })
})
