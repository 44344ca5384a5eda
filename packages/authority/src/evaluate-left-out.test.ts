import { createHash } from 'node:crypto'
import {
  EMPTY_CLAIM,
  mergeStatement,
  PARTITIONS,
  scopeKey,
  UNTOUCHED_ACCOUNT,
  type Claim,
  type ClaimSnapshot,
  type Client,
  type JudgedToken,
  type SubjectSaid,
} from '@freshet/domain'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type Evaluation,
  type EvaluationAnswer,
  type SigningKey,
} from '@freshet/events'
import {
  ACME_IDP,
  approvalPolicies,
  approvalRegistry,
  APPROVE,
  ManualClock,
} from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from './access-token.ts'
import { readCompactJws } from './compact-jws.ts'
import { evaluateAccess, type EvaluateDependencies } from './evaluate-access.ts'
import { mint } from './mint.ts'
import type { MintedToken } from './mint-store.ts'
import type { ValidationLook, ValidationQuery } from './validation-store.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }
const label = { e: 1n, s: 10n, c: 5n }
const FRESH = { kind: 'fresh' } as const
const api: Client = {
  id: 'payments-api',
  tenant: 'acme',
  audiences: ['payments'],
  introspects: ['payments'],
  secretHash: createHash('sha256').update('secret').digest('base64url'),
}
const registry = approvalRegistry({ version: 3, clients: new Map([[api.id, api]]) })

/** A token that was minted for groups, which were too large. */
const without: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label }],
  claims: new Map(),
  omitted: new Map([['groups', 'over']]),
}
const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }

const saying = (source: string, ...values: readonly string[]): ClaimSnapshot => ({
  source,
  state: mergeStatement(EMPTY_CLAIM, { op: 'set', values, version: { epoch: 0n, n: 5n } }),
})

let key: SigningKey
let publicJwk: unknown
let through: Map<string, number>
let said: SubjectSaid
let watermarks: ValidationLook['watermarks']
let looks: ValidationQuery[]
beforeAll(async () => {
  const made = await generateKey('ES256', 'k1')
  key = importSigningKey(made.privateJwk)
  publicJwk = made.publicJwk
})
beforeEach(() => {
  through = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  said = {
    parties: [{ account: UNTOUCHED_ACCOUNT }],
    claims: new Map([['groups', saying('hr', 'staff', 'payments-approvers')]]),
    doubts: new Set(),
    withdrawn: new Map(),
  }
  watermarks = new Map()
  looks = []
})

function depsNow(): EvaluateDependencies {
  const clock = new ManualClock(NOW)
  const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 1, throughMs: through }
  const assertions = { use: async () => true, forgetBefore: async () => 0 }
  const { clients } = registry
  return {
    validation: {
      lookToValidate: async (query) => {
        looks.push(query)
        return {
          partitions: new Map(PARTITIONS.map((number) => [number, known])),
          positions: new Map(PARTITIONS.map((number) => [number, { e: 1n, offset: 20n }])),
          watermarks,
          denials: new Map(),
          isKnown: true,
          ...(query.said === undefined ? {} : { said }),
        }
      },
    },
    policies: approvalPolicies(),
    audit: { append: async () => undefined },
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: importJwks({ keys: [publicJwk] }),
    lifeMaxMs: 3_600_000,
    authentication: { clients, clientKeys: () => [], assertions, issuer: US, clock },
  }
}

async function ask(
  more: Partial<Evaluation>,
  token: Partial<JudgedToken> = {},
): Promise<EvaluationAnswer> {
  const payload = accessTokenPayload({ ...without, ...token }, terms, registry)
  const jwt = signAccessToken(payload, key)
  const authorization = `Basic ${Buffer.from('payments-api:secret').toString('base64')}`
  const question = { subject: 'alice', audience: 'payments', token: jwt, positions: [] }
  return evaluateAccess({ authorization, evaluation: { ...question, ...more } }, depsNow())
}

describe('a claim that the token leaves out', () => {
  const leftOut = { kind: 'unverified', source: 'freshet', reason: 'omitted-over' }
  const require = { groups: ['payments-approvers'] }
  const route = { route: APPROVE, facts: { amount: 5 } }
  const used = { claims: ['groups'], require }

  it('is judged by what its source says now, and the answer says that it was', async () => {
    const answer = { decision: true, held: ['groups'], verdicts: new Map([['groups', FRESH]]) }
    expect(await ask(used)).toMatchObject(answer)
    expect(looks[0]?.said).toEqual({ subject: alice, claims: ['groups'] })
  })

  it('is insufficient where its subject has not now what is required', async () => {
    said = { ...said, claims: new Map([['groups', saying('hr', 'staff')]]) }
    expect(await ask(used)).toMatchObject({ decision: false, code: 'token.insufficient' })
  })

  it('stays unverified where nobody says which values are required: it is no empty set', async () => {
    const answer = await ask({ claims: ['groups'] })
    expect(answer).toMatchObject({ decision: false, verdicts: new Map([['groups', leftOut]]) })
    expect(answer).not.toHaveProperty('held')
  })

  it('is one of those that are judged where none is named', async () => {
    expect(await ask({})).toMatchObject({ verdicts: new Map([['groups', leftOut]]) })
  })

  it('is stale where it tightened since (rule 40), unverified while its source is silent or it is in doubt', async () => {
    through.set('hr', NOW - 60_000)
    const silent = { kind: 'unverified', source: 'hr' }
    expect((await ask(used)).verdicts.get('groups')).toMatchObject(silent)
    through.set('hr', NOW)
    said = { ...said, doubts: new Set(['groups']) }
    expect((await ask(used)).verdicts.get('groups')).toMatchObject(silent)
    const scope = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })
    const cause = { source: 'hr', change: 'c9' }
    watermarks = new Map([[scope, { position: { e: 1n, offset: 11n }, ...cause }]])
    expect((await ask(used)).verdicts.get('groups')).toMatchObject({ kind: 'stale' })
  })

  it('is required by a route and read by its policies like one that is carried', async () => {
    const answer = await ask(route)
    expect(answer).toMatchObject({ decision: true, held: ['groups'], policies: ['small amounts'] })
    said = { ...said, claims: new Map([['groups', saying('hr', 'staff')]]) }
    expect(await ask(route)).toMatchObject({ code: 'token.insufficient' })
  })

  it('is not answered by its subject’s word alone where the token has an actor', async () => {
    const parties = [
      { subject: alice, label },
      { subject: { ...alice, sub: 'bot' }, label },
    ] as const
    const verdicts = new Map([['groups', leftOut]])
    expect(await ask(used, { parties })).toMatchObject({ decision: false, verdicts })
  })
})

it('mint names what it leaves out: in the token, in what it records, and in the audit', async () => {
  const partition = { e: 1n, nextOffset: 9n, activePv: 3, activeHash: 'ab', throughMs: through }
  const party = { partition, known: true, account: UNTOUCHED_ACCOUNT }
  const recorded: MintedToken[] = []
  const groups = { ...registry.claims.get('groups'), maxBytes: 1, onOver: 'omit' } as Claim
  const claims = new Map([...registry.claims, ['groups', groups] as const])
  const audience = {
    name: 'payments',
    claims: ['groups', 'holds'],
    ttlMs: 300_000,
    routes: new Map(),
  }
  const order = { tenant: 'acme', parties: [alice], client: 'web', audience } as const
  const { jwt } = await mint(order, {
    store: {
      snapshot: async () => ({ ...said, control: partition, parties: [party], denied: [] }),
      recordAndLook: async (minted) => {
        recorded.push(minted)
        return { partitions: new Map(), watermarks: new Map(), denials: new Map() }
      },
      withhold: () => expect.unreachable(),
    },
    clock: new ManualClock(NOW),
    randomId: () => 'j1',
    keys: () => [{ ...key, signsFromMs: 0 }],
    issuer: US,
    loaded: { registry: { ...registry, claims }, hash: 'ab' },
  })
  const { payload } = readCompactJws(jwt, 'token')
  expect(payload).toMatchObject({ holds: [], freshet: { over: ['groups'] } })
  expect(payload).not.toHaveProperty('groups')
  const token = { omitted: new Map([['groups', 'over']]) }
  const audit = { detail: { over: 'groups' } }
  expect(recorded).toMatchObject([{ present: ['holds'], token, audit }])
})
