import { expect, it } from 'vitest'
import type { Registry } from '../registry.ts'
import { diffRegistries } from './diff-registries.ts'

/** A registry in which every member that there is has a value. */
const whole: Registry = {
  version: 1,
  account: 'hr',
  cutOffs: ['security'],
  breakGlassMaxMs: 3_600_000,
  cutOffShare: 0.2,
  tenants: new Map([
    ['acme', { id: 'acme', identityProviders: [{ issuer: 'https://idp', keys: 'keys/idp' }] }],
  ]),
  sources: new Map([
    [
      'hr',
      {
        id: 'hr',
        owner: 'people',
        contact: 'people@acme.example',
        keys: 'keys/hr',
        ordering: 'dense',
        versions: 'element',
        heartbeatMs: 1_000,
        leaseMs: 5_000,
        onBehalfOf: ['partner'],
      },
    ],
  ]),
  claims: new Map([
    [
      'groups',
      {
        name: 'groups',
        source: 'hr',
        owner: 'iam',
        description: 'What hr says.',
        kind: 'authoritative',
        shape: 'set',
        polarity: 'grant',
        class: 'reduce',
        maxTtlMs: 600_000,
        maxBytes: 2_048,
        onUnverified: 'deny',
        onMissing: 'refuse',
        onOver: 'refuse',
        delegation: 'intersect',
        publish: false,
        from: ['parents'],
        partners: [{ name: 'partner', prefix: 'p/' }],
        values: ['a'],
        pattern: '[a-z]',
      },
    ],
  ]),
  audiences: new Map([
    [
      'payments',
      {
        name: 'payments',
        claims: ['groups'],
        ttlMs: 300_000,
        maxBytes: 4_096,
        routes: new Map([
          [
            'POST /a',
            {
              require: new Map([['groups', ['x']]]),
              risk: 'normal' as const,
              observedUntilMs: 86_400_000,
              policies: ['policies/a.cedar'],
            },
          ],
        ]),
      },
    ],
  ]),
  clients: new Map([
    [
      'web',
      {
        id: 'web',
        tenant: 'acme',
        secretHash: 'hash',
        keys: 'keys/web',
        subject: { iss: 'https://idp', sub: 'job' },
        audiences: ['payments'],
        introspects: ['payments'],
      },
    ],
  ]),
  slo: new Map([['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 1 }]]),
  policySchema: 'policies/schema.cedarschema',
}

type Mutant = readonly [path: string, value: unknown]

/** The names of entries, which are their keys too, and the number of the version itself. */
const NAMES = new Set(['id', 'name', 'version'])

/** Every value that differs from this one in one place. */
function mutants(value: unknown): readonly Mutant[] {
  if (value instanceof Map)
    return [...ofMap(value), ['+', new Map([...value, ['new', first(value)]])]]
  if (Array.isArray(value)) return ofArray(value)
  if (typeof value === 'object' && value !== null) return ofObject(value)
  if (typeof value === 'string') return [['', `${value}-other`]]
  if (typeof value === 'number') return [['', value + 1]]
  return [['', !value]]
}

function first(map: ReadonlyMap<unknown, unknown>): unknown {
  return [...map.values()][0]
}

function ofMap(map: ReadonlyMap<unknown, unknown>): readonly Mutant[] {
  return [...map].flatMap(([key, entry]) => [
    [`${String(key)}-`, new Map([...map].filter(([other]) => other !== key))] as const,
    ...mutants(entry).map(
      ([path, changed]) => [`${String(key)}/${path}`, new Map([...map, [key, changed]])] as const,
    ),
  ])
}

function ofArray(list: readonly unknown[]): readonly Mutant[] {
  return [
    ['-', list.slice(1)],
    ...list.flatMap((entry, at) =>
      mutants(entry).map(([path, changed]) => [`${at}/${path}`, list.with(at, changed)] as const),
    ),
  ]
}

function ofObject(value: object): readonly Mutant[] {
  return Object.entries(value)
    .filter(([name]) => !NAMES.has(name))
    .flatMap(([name, member]) =>
      mutants(member).map(
        ([path, changed]) => [`${name}/${path}`, { ...value, [name]: changed }] as const,
      ),
    )
}

it.each(mutants(whole))('%s makes a difference', (_, changed) => {
  const found = diffRegistries(whole, changed as Registry)
  expect(found).not.toEqual([])
  for (const { sentence } of found) expect(sentence).not.toMatch(/undefined|\[object/)
})

it('covers every member that there is', () => {
  expect(mutants(whole).length).toBeGreaterThan(45)
})
