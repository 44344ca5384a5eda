import { createHash } from 'node:crypto'
import {
  FreshetError,
  PARTITIONS,
  scopeKey,
  type Client,
  type JudgedToken,
} from '@freshet/protocol'
import { ACME_IDP, acmeRegistry, ManualClock, noLimits } from '@freshet/testkit'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type AuditEntry,
  type AuditLog,
} from '@freshet/wire'
import { beforeEach, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import type { ValidationRecheck } from './decide-access.ts'
import { evaluateAccess, type EvaluateDependencies } from './evaluate-access.ts'
import { NO_POLICIES } from './policy-engine.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }
const token: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 5n } }],
  claims: new Map([['groups', ['payments-approvers']]]),
}
const api: Client = {
  id: 'payments-api',
  tenant: 'acme',
  audiences: ['payments'],
  introspects: ['payments'],
  secretHash: createHash('sha256').update('secret').digest('base64url'),
}
const registry = acmeRegistry({ version: 3, clients: new Map([[api.id, api]]) })

let recheck: ValidationRecheck
let audited: AuditEntry[]
let jwt: string
let deps: EvaluateDependencies

beforeEach(async () => {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'k1')
  const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
  jwt = signAccessToken(accessTokenPayload(token, terms, registry), importSigningKey(privateJwk))
  const clock = new ManualClock(NOW)
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 1, throughMs }
  recheck = {
    partitions: new Map(PARTITIONS.map((number) => [number, known])),
    positions: new Map(PARTITIONS.map((number) => [number, { e: 1n, offset: 20n }])),
    watermarks: new Map(),
    denials: new Map(),
    isKnown: true,
  }
  audited = []
  const assertions = { use: async () => true, forgetBefore: async () => 0 }
  const { clients } = registry
  deps = {
    validation: { recheckToValidate: async () => recheck },
    policies: NO_POLICIES,
    audit: { append: async (entries) => void audited.push(...entries) },
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: importJwks({ keys: [publicJwk] }),
    lifeMaxMs: 3_600_000,
    authentication: { clients, clientKeys: () => [], assertions, issuer: US, clock },
  }
})

function evaluate(given = jwt, audit: AuditLog = deps.audit): ReturnType<typeof evaluateAccess> {
  const authorization = `Basic ${Buffer.from('payments-api:secret').toString('base64')}`
  const evaluation = {
    subject: 'alice',
    audience: 'payments',
    claims: ['groups', ''],
    positions: [],
  }
  return evaluateAccess(
    { authorization, attempts: noLimits, readEvaluation: () => ({ ...evaluation, token: given }) },
    { ...deps, audit },
  )
}

it('the audit has the decision, its subject and the verdict of each claim, and no value or name', async () => {
  const lost = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })
  const position = { e: 1n, offset: 11n }
  recheck = { ...recheck, watermarks: new Map([[lost, { position, source: 'hr', change: 'c9' }]]) }
  expect(await evaluate()).toMatchObject({ decision: false })
  const about = { atMs: NOW, tenant: 'acme', ref: 'j1', by: 'payments-api' }
  const claims = 'groups stale, token fresh'
  const detail = { decision: false, code: null, audience: 'payments', pv: 3, claims }
  expect(audited).toEqual([{ kind: 'access-decided', ...about, detail }])
  expect(JSON.stringify(audited)).not.toMatch(/alice|approvers/)
})

it('the audit has that a token of ours was let in', async () => {
  expect(await evaluate()).toMatchObject({ decision: true })
  expect(audited).toMatchObject([{ detail: { decision: true } }])
})

it('the audit has why a token of ours was not accepted', async () => {
  recheck = { ...recheck, isKnown: false }
  await evaluate()
  expect(audited).toMatchObject([{ ref: 'j1', detail: { code: 'token.invalid', claims: '' } }])
})

it.each(['a.b.c', ''])(
  'the audit has nothing of %j: tokens that anybody can invent',
  async (given) => {
    await evaluate(given)
    expect(audited).toEqual([])
  },
)

it('what cannot be audited is not answered', async () => {
  const lost = new FreshetError('database.unavailable', 'planned')
  await expect(evaluate(jwt, { append: () => Promise.reject(lost) })).rejects.toBe(lost)
})
