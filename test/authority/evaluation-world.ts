import { createHash } from 'node:crypto'
import {
  EMPTY_CLAIM,
  mergeStatement,
  PARTITIONS,
  UNTOUCHED_ACCOUNT,
  type ClaimSnapshot,
  type Client,
  type JudgedToken,
  type PartiesState,
  type Registry,
} from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type AuditEntry,
  type Evaluation,
  type EvaluationAnswer,
  type SigningKey,
} from '@freshet/wire'
import {
  ACME_IDP,
  approvalPolicies,
  approvalRegistry,
  ManualClock,
  noLimits,
} from '@freshet/testkit'
import { accessTokenPayload, signAccessToken } from '../../packages/authority/src/mint/mint.ts'
import {
  evaluateAccess,
  type EvaluateDependencies,
} from '../../packages/authority/src/access/evaluate-access.ts'
import type {
  PolicyEngine,
  PolicyQuestion,
} from '../../packages/authority/src/access/policy-engine.ts'
import type {
  ValidationRecheck,
  ValidationQuery,
} from '../../packages/authority/src/access/decide-access.ts'

export const NOW = 1_795_514_400_000
export const US = 'https://tokens.example'
export const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }

const api: Client = {
  id: 'payments-api',
  tenant: 'acme',
  audiences: ['payments'],
  introspects: ['payments'],
  secretHash: createHash('sha256').update('secret').digest('base64url'),
}

/** Returns the values of a source for a claim. */
export function stating(source: string, ...values: readonly string[]): ClaimSnapshot {
  const version = { epoch: 0n, n: 5n }
  return { source, state: mergeStatement(EMPTY_CLAIM, { op: 'set', values, version }) }
}

/** The state of an authority that is asked about tokens of alice; tests change it. */
export interface EvaluationWorld {
  readonly registry: Registry
  readonly key: SigningKey
  through: Map<string, number>
  state: PartiesState
  watermarks: ValidationRecheck['watermarks']
  policies: PolicyEngine
  readonly rechecks: ValidationQuery[]
  readonly questions: PolicyQuestion[]
  readonly audited: AuditEntry[]
  ask(token: JudgedToken, more: Partial<Evaluation>): Promise<EvaluationAnswer>
}

/** The leases of all sources are current; alice is in `staff` and `payments-approvers`. */
export async function evaluationWorld(): Promise<EvaluationWorld> {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'k1')
  const world: EvaluationWorld = {
    registry: approvalRegistry({ version: 3, clients: new Map([[api.id, api]]) }),
    key: importSigningKey(privateJwk),
    through: new Map(['hr', 'iga', 'security'].map((source) => [source, NOW])),
    state: {
      parties: [{ account: UNTOUCHED_ACCOUNT }],
      claims: new Map([['groups', stating('hr', 'staff', 'payments-approvers')]]),
      doubts: new Set(),
      withdrawn: new Map(),
    },
    watermarks: new Map(),
    policies: approvalPolicies(),
    rechecks: [],
    questions: [],
    audited: [],
    ask(token, more) {
      const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
      const jwt = signAccessToken(accessTokenPayload(token, terms, world.registry), world.key)
      const authorization = `Basic ${Buffer.from('payments-api:secret').toString('base64')}`
      const question = { subject: 'alice', audience: 'payments', token: jwt, positions: [] }
      const evaluation = { ...question, ...more }
      return evaluateAccess(
        { authorization, attempts: noLimits, readEvaluation: () => evaluation },
        dependencies(world, publicJwk),
      )
    },
  }
  return world
}

function dependencies(world: EvaluationWorld, publicJwk: unknown): EvaluateDependencies {
  const clock = new ManualClock(NOW)
  const { registry, through: throughMs } = world
  const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 1, throughMs }
  const assertions = { use: async () => true, forgetBefore: async () => 0 }
  const { clients } = registry
  return {
    validation: {
      recheckToValidate: async (query) => {
        world.rechecks.push(query)
        return {
          partitions: new Map(PARTITIONS.map((number) => [number, known])),
          positions: new Map(PARTITIONS.map((number) => [number, { e: 1n, offset: 20n }])),
          watermarks: world.watermarks,
          denials: new Map(),
          isKnown: true,
          ...(query.wantedState === undefined ? {} : { partiesState: world.state }),
        }
      },
    },
    policies: {
      reads: (route) => world.policies.reads(route),
      decide: (question) => {
        world.questions.push(question)
        return world.policies.decide(question)
      },
    },
    audit: { append: async (entries) => void world.audited.push(...entries) },
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: importJwks({ keys: [publicJwk] }),
    lifeMaxMs: 3_600_000,
    authentication: { clients, clientKeys: () => [], assertions, issuer: US, clock },
  }
}
