import { APPROVAL_TEXTS, approvalRegistry, APPROVE } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { policyFindings } from './policy-findings.ts'

const [schemaFile = '', policyFile = ''] = APPROVAL_TEXTS.keys()
const registry = approvalRegistry()
const found = (more: Readonly<Record<string, string>> = {}) =>
  policyFindings({ registry, policyTexts: new Map([...APPROVAL_TEXTS, ...Object.entries(more)]) })
const schemaWith = (from: string, to: string): Readonly<Record<string, string>> => {
  const schema = APPROVAL_TEXTS.get(schemaFile) ?? ''
  expect(schema).toContain(from)
  return { [schemaFile]: schema.replace(from, to) }
}
const ACTORS = 'Set<{ iss: String, sub: String }>'
const PERMIT = `permit (principal, action == Action::"${APPROVE}", resource)`

it('sound policies have no finding', () => {
  expect(found()).toEqual([])
})

describe('a schema', () => {
  it.each<[string, string, string, string]>([
    ['that has subjects in no tenant', 'Subject in [Tenant]', 'Subject', 'is in a tenant'],
    ['with what is no claim', 'holds:', 'age?: Long, holds:', 'no claim is called so'],
    ['with a descriptive claim', 'holds:', 'department?: String, holds:', 'is descriptive'],
    ['with a set as a text', 'groups: Set<String>', 'groups?: String', 'claim groups is a set'],
    [
      'with a set of something else',
      'groups: Set<String>',
      'groups: Set<Long>',
      'claim groups is a set',
    ],
    [
      'with a scalar that must be there',
      '"payment-tier"?:',
      '"payment-tier":',
      'claim payment-tier is a scalar',
    ],
    [
      'without the action of a route',
      `action "${APPROVE}"`,
      'action "POST /other"',
      'declares no action',
    ],
    [
      'with the action for others',
      'principal: Subject,\n  resource: Audience',
      'principal: Tenant,\n  resource: Audience',
      'is for others',
    ],
    ['with actors that are no set of records', ACTORS, 'Set<String>', 'has actors in its context'],
    ['with actors that need not be there', 'actors:', 'actors?:', 'has actors in its context'],
    [
      'with actors that have more than the authority shows',
      'sub: String }',
      'sub: String, groups: Set<String> }',
      'has actors in its context',
    ],
    ['that has a fact of our own name', 'currency?:', 'token?:', 'has token in its context'],
  ])('%s differs from the registry', (_, from, to, message) => {
    const differing = found(schemaWith(from, to)).filter(
      ({ code }) => code === 'policy.schema-differs',
    )
    expect(differing).toMatchObject([{ severity: 'error', place: '/policySchema' }])
    expect(differing[0]?.message).toContain(message)
  })

  it('an entity of the authority that is missing is a difference too', () => {
    const schema = (APPROVAL_TEXTS.get(schemaFile) ?? '').replaceAll('Audience', 'Server')
    const messages = found({ [schemaFile]: schema }).map(({ message }) => message)
    expect(messages).toContain('the schema declares no entity Audience')
  })

  it('that cannot be read is found at its place, and policies have no finding', () => {
    const torn = found(schemaWith('entity Audience;', 'entity Audience'))
    expect(torn).toMatchObject([{ code: 'policy.schema-unreadable', place: '/policySchema' }])
    expect(torn[0]?.message).toMatch(/^policies\/acme\.cedarschema:\d+:\d+: /)
  })
})

describe('a policy', () => {
  const place = '/audiences/payments/routes/POST ~1approve/policies/0'

  it.each([
    [
      'that does not type-check',
      `${PERMIT} when { context.amount > "5" };`,
      'policy.invalid',
      /:2:\d+: .*Long/,
    ],
    [
      'with a misspelt attribute',
      `${PERMIT} when { principal.group.isEmpty() };`,
      'policy.invalid',
      /:2:.*did you mean `groups`/,
    ],
    ['that is torn', `${PERMIT} when {`, 'policy.unreadable', /:2:\d+: /],
    [
      'that is a template',
      `permit (principal == ?principal, action, resource);`,
      'policy.unreadable',
      /template/,
    ],
    [
      'that can never apply',
      `${PERMIT};\nforbid (principal, action, resource) when { false };`,
      'policy.doubtful',
      /:3:1: .*impossible/,
    ],
  ])('%s is found with its file and line', (_, text, code, message) => {
    const all = found({ [policyFile]: `// ü\n${text}` })
    expect(all).toMatchObject([{ code, place }])
    expect(all[0]?.message).toMatch(message)
    expect(all[0]?.message).toContain(
      code === 'policy.unreadable' && text.includes('?') ? policyFile : `${policyFile}:`,
    )
    expect(all[0]?.fix).toMatch(/^[a-z]/)
  })

  it('that permits another route, or another audience, permits nothing on this one', () => {
    const others = [
      'action == Action::"DELETE /all", resource',
      `action, resource == Audience::"people"`,
    ]
    for (const head of others)
      expect(found({ [policyFile]: `permit (principal, ${head});` })).toMatchObject([
        { code: 'policy.never-permits', severity: 'error', place: place.slice(0, -2) },
      ])
    expect(found({ [policyFile]: `${PERMIT};` })).toEqual([])
  })
})
