import { cedarPolicies } from '@freshet/cedar'
import { parseRegistry, type PolicyVersion } from '@freshet/events'
import { systemClock as timer } from '@freshet/runtime'
import { sampleAwaits } from '../measure/closed-loop.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { policyFiles, registryWith, type ManyPolicies } from '../stack/many-policies.ts'

const TEN: ManyPolicies = { routes: 1, each: 10 }
const THOUSAND: ManyPolicies = { routes: 1, each: 1_000 }
const SLICED: ManyPolicies = { routes: 100, each: 10 }

/** What asking Cedar costs, in its thread, with all that crosses to it. */
export const askingPolicies: Scenario = {
  metrics: [
    {
      id: 'policy.10',
      unit: 'µs',
      about: 'one question to a route with 10 policies, there and back: the last of them permits',
      target: { atMost: 400 },
    },
    {
      id: 'policy.1000',
      unit: 'µs',
      about: 'the same with 1,000 policies, all of the one route',
      target: { atMost: 2_000 },
      against: [{ id: 'policy.10' }],
    },
    {
      id: 'policy.1000.sliced',
      unit: 'µs',
      about:
        'the same with 1,000 policies in one file, ten of them for the route that is asked about',
      target: { atMost: 400 },
      against: [{ id: 'policy.10' }, { id: 'policy.1000' }],
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const plan = { operations: 1, samples: context.quick ? 500 : 3_000 }
  const [ten, thousand, sliced] = [
    asking(context, TEN),
    asking(context, THOUSAND),
    asking(context, SLICED),
  ] as const
  return repeat(context, async () => ({
    'policy.10': (await sampleAwaits(plan, context.clock, ten)).distribution('µs'),
    'policy.1000': (await sampleAwaits(plan, context.clock, thousand)).distribution('µs'),
    'policy.1000.sliced': (await sampleAwaits(plan, context.clock, sliced)).distribution('µs'),
  }))
}

function asking(context: BenchContext, many: ManyPolicies): () => Promise<void> {
  const onTrouble = (error: unknown): never => {
    throw error
  }
  const policies = cedarPolicies({ timer, onTrouble })
  context.defer(async () => policies[Symbol.asyncDispose]())
  const engine = policies.of(versionOf(many))
  const question = {
    audience: 'payments',
    route: 'POST /approve/0',
    subject: { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' },
    claims: new Map([['groups', ['staff', 'payments-approvers']]]),
    facts: { amount: 5 },
  }
  return async () => {
    if (!(await engine.decide(question)).permitted) throw new Error('A question is not permitted.')
  }
}

const none = () => []

function versionOf(many: ManyPolicies): PolicyVersion {
  return {
    registry: parseRegistry(registryWith(many), 'the benchmark'),
    hash: JSON.stringify(many),
    sourceKeys: none,
    identityProviderKeys: none,
    clientKeys: none,
    policyTexts: policyFiles(many),
  }
}
