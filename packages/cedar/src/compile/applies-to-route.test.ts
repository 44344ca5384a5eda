import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forRoute } from './applies-to-route.ts'
import { compilePolicies } from './compile-policies.ts'
import { splitPolicies } from './split-policies.ts'

const PATH = 'p.cedar'
const schema = `
entity Tenant;
entity Subject in [Tenant] = { groups: Set<String> };
entity Audience;
action "all";
action "writes" in ["all"];
action "POST /a" in ["writes"] appliesTo { principal: Subject, resource: Audience };
action "GET /a" in ["all"] appliesTo { principal: Subject, resource: Audience };
`
const actions = [
  'action',
  'action == Action::"POST /a"',
  'action == Action::"GET /a"',
  'action in Action::"writes"',
  'action in Action::"all"',
  'action in [Action::"GET /a", Action::"writes"]',
  'action in [Action::"GET /a"]',
]
const resources = [
  'resource',
  'resource == Audience::"payments"',
  'resource == Audience::"people"',
  'resource is Audience',
  'resource in Audience::"payments"',
]
const conditions = [
  '',
  ' when { principal.groups.contains("a") }',
  ' unless { principal.groups.isEmpty() }',
]
const policy = fc
  .tuple(
    fc.constantFrom('permit', 'forbid'),
    fc.constantFrom(...actions),
    fc.constantFrom(...resources),
    fc.constantFrom(...conditions),
  )
  .map(
    ([effect, action, resource, when]) => `${effect} (principal, ${action}, ${resource})${when};`,
  )

const subject = 'alice'
const ROUTES = ['POST /a', 'GET /a'].flatMap((route) =>
  ['payments', 'people'].map((audience) => ({ audience, route })),
)

/** By all policies at once, as they are written. */
function whole(
  text: string,
  [audience, route]: readonly [string, string],
  groups: string[],
): boolean {
  const answer = isAuthorized({
    principal: { type: 'Subject', id: subject },
    action: { type: 'Action', id: route },
    resource: { type: 'Audience', id: audience },
    context: {},
    schema,
    policies: { staticPolicies: text },
    entities: [{ uid: { type: 'Subject', id: subject }, attrs: { groups }, parents: [] }],
  })
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
  return answer.response.decision === 'allow'
}

describe('the policies of a route', () => {
  it('decide as all policies of the version would', () => {
    const some = fc.array(policy, { minLength: 1, maxLength: 6 })
    const groups = fc.subarray(['a', 'b'])
    fc.assert(
      fc.property(some, fc.constantFrom(...ROUTES), groups, (policies, route, held) => {
        const text = policies.join('\n')
        const compiled = compilePolicies({ schema, routes: [{ ...route, files: [[PATH, text]] }] })
        const claims = new Map([['groups', held]])
        const answer = compiled.decide({
          ...route,
          tenant: 'acme',
          subject,
          actors: [],
          claims,
          facts: {},
        })
        const permitted = whole(text, [route.audience, route.route], held)
        expect(answer).toMatchObject({ kind: 'answered', permitted })
      }),
      { numRuns: 300 },
    )
  })

  it('are as few as could apply', () => {
    const text = actions.map((action) => `permit (principal, ${action}, resource);`).join('\n')
    const route = { audience: 'payments', route: 'POST /a' }
    const { decide } = compilePolicies({ schema, routes: [{ ...route, files: [[PATH, text]] }] })
    const question = { ...route, tenant: 'acme', subject, actors: [], claims: new Map(), facts: {} }
    expect(decide(question)).toMatchObject({ by: [1, 2, 4, 5, 6].map((line) => `${PATH}:${line}`) })
  })

  it('that have one name are two all the same: one that forbids is not lost', () => {
    const text =
      '@id("x") forbid (principal, action, resource);\n@id("x") permit (principal, action, resource);'
    const route = { audience: 'payments', route: 'POST /a' }
    const { decide } = compilePolicies({ schema, routes: [{ ...route, files: [[PATH, text]] }] })
    const question = { ...route, tenant: 'acme', subject, actors: [], claims: new Map(), facts: {} }
    expect(decide(question)).toMatchObject({ permitted: false, by: ['x'] })
  })
})

it.each([
  ['action == Action::"POST /a", resource == Audience::"payments"', 'All', 'All'],
  ['action == Action::"POST /a", resource == Audience::"people"', 'All', '=='],
  ['action == Action::"GET /a", resource == Other::"payments"', '==', '=='],
  ['action == Other::Action::"POST /a", resource is Audience', '==', 'is'],
  ['action in [Action::"POST /a"], resource in Audience::"payments"', 'in', 'in'],
])(
  'what a head asks is left out where each request of the route fulfils it: %s',
  (head, action, resource) => {
    const [only] = splitPolicies(PATH, `permit (principal, ${head});`)
    if (only === undefined) throw new Error('no policy')
    const route = { audience: 'payments', route: 'POST /a' }
    expect(forRoute(only.json, route)).toMatchObject({
      action: { op: action },
      resource: { op: resource },
    })
  },
)

it('policies are in the order of their file, each with the line where it begins', () => {
  const text = Array.from(
    { length: 12 },
    (_, n) => `// ${n}\npermit (principal, action, resource) when { ${n} < 2 };`,
  )
  expect(splitPolicies(PATH, text.join('\n')).map(({ name }) => name)).toEqual(
    Array.from({ length: 12 }, (_, n) => `${PATH}:${2 * n + 2}`),
  )
})
