import type { PolicyEngine } from '@freshet/authority'
import { cedarPolicies } from '@freshet/cedar'
import { FreshetError } from '@freshet/protocol'
import { parseRegistry, type PolicyVersion } from '@freshet/registry'
import { systemClock as timer } from '@freshet/runtime'
import { cedarAlone } from '../floor/cedar.ts'
import { sampleAwaits, sampleCalls } from '../measure/closed-loop.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { policyFiles, registryWith, routeNamed, type ManyPolicies } from '../stack/many-policies.ts'

const TEN: ManyPolicies = { routes: 1, each: 10 }
const THOUSAND: ManyPolicies = { routes: 1, each: 1_000 }
const AMOUNT_FIRST: ManyPolicies = { ...THOUSAND, first: 'amount' }
const SLICED: ManyPolicies = { routes: 100, each: 10 }

const ROUTE = { audience: 'payments', route: routeNamed(0) }
const ATTEMPTS_MAX = 60

/** Measures calls to Cedar in its thread, with all data that crosses to it. */
export const askingPolicies: Scenario = {
  metrics: [
    {
      id: 'policy.10',
      unit: 'µs',
      about:
        'one request to a route with 10 policies, in both directions: the last of them permits',
      target: { atMost: 400 },
    },
    {
      id: 'policy.1000',
      unit: 'µs',
      about:
        'the same with 1,000 policies, all of the one route, each of which requires a different group',
      target: { atMost: 2_000 },
      against: [{ id: 'policy.10' }],
    },
    {
      id: 'policy.1000.each',
      unit: 'µs',
      about: 'the same if each compares an amount first, so that all of them are evaluated',
      target: { atMost: 2_000 },
      against: [{ id: 'policy.10' }, { id: 'floor.policy.1000.each' }],
    },
    {
      id: 'floor.policy.1000.each',
      unit: 'µs',
      about: 'Cedar alone: the same policies, parsed once, and the same request, in one thread',
    },
    {
      id: 'policy.1000.sliced',
      unit: 'µs',
      about: 'the same with 1,000 policies in one file, ten of them for the route of the request',
      target: { atMost: 400 },
      against: [{ id: 'policy.10' }, { id: 'policy.1000' }],
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const plan = { operations: 1, samples: context.quick ? 500 : 3_000 }
  const [ten, thousand, each, sliced] = [
    await asking(context, TEN),
    await asking(context, THOUSAND),
    await asking(context, AMOUNT_FIRST),
    await asking(context, SLICED),
  ] as const
  const floor = cedarAlone(AMOUNT_FIRST)
  return repeat(context, async () => ({
    'policy.10': (await sampleAwaits(plan, context.clock, ten)).distribution('µs'),
    'policy.1000': (await sampleAwaits(plan, context.clock, thousand)).distribution('µs'),
    'policy.1000.each': (await sampleAwaits(plan, context.clock, each)).distribution('µs'),
    'floor.policy.1000.each': (await sampleCalls(plan, context.clock, floor)).distribution('µs'),
    'policy.1000.sliced': (await sampleAwaits(plan, context.clock, sliced)).distribution('µs'),
  }))
}

async function asking(context: BenchContext, many: ManyPolicies): Promise<() => Promise<void>> {
  // The caller receives the error, too.
  const policies = cedarPolicies({ timer, onTrouble: () => undefined })
  context.defer(async () => policies[Symbol.asyncDispose]())
  const engine = policies.of(versionOf(many))
  const question = {
    ...ROUTE,
    subject: { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' },
    actors: [],
    claims: new Map([['groups', ['staff', 'payments-approvers']]]),
    facts: { amount: 5 },
  }
  await compiled(engine)
  return async () => {
    if (!(await engine.decide(question)).permitted) throw new Error('A question is not permitted.')
  }
}

/** The caller waits half a second at most; compiling a thousand policies on a busy machine takes longer. */
async function compiled(engine: PolicyEngine): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const reads = await engine.reads(ROUTE).catch(unlessLate)
    if (reads !== undefined) return
  }
  throw new Error('The policies are not compiled.')
}

function unlessLate(error: unknown): undefined {
  if (error instanceof FreshetError && error.code === 'policy.late') return undefined
  throw error
}

const none = () => []

function versionOf(many: ManyPolicies): PolicyVersion {
  return {
    registry: parseRegistry(registryWith(many), 'the benchmark'),
    hash: JSON.stringify(many),
    sourceKeys: none,
    signers: none,
    identityProviderKeys: none,
    clientKeys: none,
    policyTexts: policyFiles(many),
  }
}
