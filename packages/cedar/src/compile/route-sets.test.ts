import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { subjectAttributes } from '../attributes/subject-attributes.ts'
import type { ThreadAnswer } from '../thread/thread-messages.ts'
import { compilePolicies } from './compile-policies.ts'
import { heldValue, ASKING_COSTS, keepRoute } from './route-sets.ts'
import { splitPolicies } from './split-policies.ts'

const PATH = 'p.cedar'
const ROUTE = { audience: 'payments', route: 'POST /a' }
const subject = 'alice'
const schema = `
entity Tenant;
entity Subject in [Tenant] = { groups: Set<String>, roles: Set<String>, level?: String };
entity Audience;
action "POST /a" appliesTo { principal: Subject, resource: Audience, context: { amount: Long } };
`
const attributes = subjectAttributes({
  entityTypes: {
    Subject: {
      shape: {
        type: 'Record',
        attributes: {
          groups: { type: 'Set', element: { type: 'String' } },
          level: { type: 'String', required: false },
        },
      },
    },
  },
  actions: {},
})

const GROUPS = ['a', 'b', 'c']
const conditions = [
  '',
  ...GROUPS.map((group) => ` when { principal.groups.contains("${group}") }`),
  ' when { principal.groups.contains("a") && context.amount > 3 }',
  ' when { principal.groups.contains("b") && principal.roles.contains("a") && context.amount > 3 }',
  ' when { principal.roles.contains("a") } unless { principal.groups.contains("c") }',
  ' unless { principal.groups.contains("a") }',
  ' when { context.amount > 3 && principal.groups.contains("c") }',
  // Cannot be evaluated, where it is asked.
  ' when { principal.groups.contains("c") && context.amount * 3037000499 * 3037000499 * 4 > 0 }',
]
const policy = fc
  .tuple(fc.constantFrom('permit', 'permit', 'forbid'), fc.constantFrom(...conditions))
  .map(([effect, condition]) => `${effect} (principal, action, resource)${condition};`)
/** Far more than the cost of one set; most of them ask for a value that no subject holds. */
const padding = Array.from(
  { length: 5 * ASKING_COSTS },
  (_, n) =>
    `permit (principal, action, resource) when { principal.groups.contains("nobody-${n}") };`,
)

/** By all policies at once, as they are written. */
function whole(
  policies: readonly string[],
  { groups, roles, amount }: { groups: string[]; roles: string[]; amount: number },
) {
  const answer = isAuthorized({
    principal: { type: 'Subject', id: subject },
    action: { type: 'Action', id: ROUTE.route },
    resource: { type: 'Audience', id: ROUTE.audience },
    context: { amount },
    schema,
    policies: {
      staticPolicies: Object.fromEntries(policies.map((text, at) => [`p${at}`, text] as const)),
    },
    entities: [{ uid: { type: 'Subject', id: subject }, attrs: { groups, roles }, parents: [] }],
  })
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
  const { decision, diagnostics } = answer.response
  const failed = diagnostics.errors.map(({ policyId }) => policyId).toSorted()
  if (failed.length > 0) return { kind: 'failed', policies: failed }
  const by = diagnostics.reason.toSorted()
  return { kind: 'answered', permitted: decision === 'allow', by }
}

function inOrder(answer: ThreadAnswer): ThreadAnswer {
  return answer.kind === 'failed' ? { ...answer, policies: answer.policies.toSorted() } : answer
}

it('many policies of a route decide, and name the deciding one, as all at once would', () => {
  const some = fc.array(policy, { minLength: 1, maxLength: 8 })
  const questionParts = fc.tuple(fc.subarray(GROUPS), fc.subarray(['a']), fc.constantFrom(1, 5))
  fc.assert(
    fc.property(
      some,
      fc.array(questionParts, { minLength: 5, maxLength: 5 }),
      (policies, questions) => {
        const all = [...policies, ...padding]
        const file = [PATH, all.map((text, at) => `@id("p${at}") ${text}`).join('\n')] as const
        const { decide } = compilePolicies({ schema, routes: [{ ...ROUTE, files: [file] }] })
        for (const [groups, roles, amount] of questions) {
          const claims = new Map(Object.entries({ groups, roles }))
          const answer = decide({
            ...ROUTE,
            tenant: 'acme',
            subject,
            actors: [],
            claims,
            facts: { amount },
          })
          expect(inOrder(answer)).toEqual(whole(all, { groups, roles, amount }))
        }
      },
    ),
    { numRuns: 40 },
  )
})

it('a request that the schema does not have is refused to every caller', () => {
  const routes = [{ ...ROUTE, files: [[PATH, padding.join('\n')] as const] }]
  const { decide } = compilePolicies({ schema, routes })
  for (const groups of [[], ['nobody-1']]) {
    const claims = new Map([['groups', groups]])
    const question = {
      ...ROUTE,
      tenant: 'acme',
      subject,
      actors: [],
      claims,
      facts: { amount: 'much' },
    }
    expect(decide(question)).toEqual({ kind: 'context' })
  }
})

it.each([
  ['9007199254740993', 9_007_199_254_740_992 - 1, false],
  ['context.amount + 9007199254740992', 1, true],
])('a number beyond 53 bits stays as the policy has it: %s', (number, amount, permitted) => {
  const text = `permit (principal, action == Action::"POST /a", resource)
    when { context.amount + 9007199254740992 == 9007199254740993 && ${number} == 9007199254740993
      && ${number} < 9223372036854775807 };`
  const { decide } = compilePolicies({ schema, routes: [{ ...ROUTE, files: [[PATH, text]] }] })
  const question = {
    ...ROUTE,
    tenant: 'acme',
    subject,
    actors: [],
    claims: new Map(),
    facts: { amount },
  }
  expect(decide(question)).toMatchObject({ kind: 'answered', permitted })
})

it('few sets are asked, and all policies at once where that takes less', () => {
  const named = splitPolicies(PATH, padding.join('\n'))
  const sets = keepRoute('r', named, attributes)
  const setCount = (held: number) =>
    sets.of(new Map([['groups', Array.from({ length: held }, (_, n) => `nobody-${n}`)]])).length
  expect([0, 1, 3, 90].map(setCount)).toEqual([1, 1, 3, 1])
  const few = keepRoute('f', named.slice(0, ASKING_COSTS), attributes)
  expect(few.of(new Map([['groups', ['nobody-0']]]))).toEqual(['f'])
})

it.each([
  ['when { principal.groups.contains("a") && context.amount > 1 && true }', 'a'],
  ['when { principal["groups"].contains("a") } unless { context.amount > 1 }', 'a'],
  ['when { context.amount > 1 && principal.groups.contains("a") }', undefined],
  ['when { principal.groups.contains("a") || true }', undefined],
  ['when { !principal.groups.contains("a") }', undefined],
  ['unless { principal.groups.contains("a") }', undefined],
  ['when { context.groups.contains("a") }', undefined],
  ['when { principal.groups.containsAny(["a"]) }', undefined],
  ['when { principal.groups.contains(context.group) }', undefined],
  ['when { principal.level == "a" }', undefined],
  ['when { principal.unknown.contains("a") }', undefined],
  ['', undefined],
])('the value that a policy asks for first: %s', (condition, value) => {
  const [only] = splitPolicies(PATH, `permit (principal, action, resource) ${condition};`)
  expect(only && heldValue(only.json, attributes)?.value).toBe(value)
})
