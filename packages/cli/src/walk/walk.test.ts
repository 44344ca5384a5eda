import { readFileSync } from 'node:fs'
import { parseRegistry } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { parseDocument, type Document } from 'yaml'
import { EXAMPLE_REGISTRY } from '../stack/paths.ts'
import { walkLines, firstWalk } from './walk.ts'

function commandsFor(edit: (registry: Document) => void): string {
  const document = parseDocument(readFileSync(EXAMPLE_REGISTRY, 'utf8'))
  edit(document)
  return walkLines(firstWalk(parseRegistry(document.toJS(), EXAMPLE_REGISTRY))).join('\n')
}

const routes = ['audiences', 'payments', 'routes']

describe('the walk of a registry', () => {
  it('goes to the first route that needs one claim, by its source and values', () => {
    const walk = commandsFor((registry) => {
      registry.setIn(routes, { 'GET /x': { require: { entitlements: ['a, b', 'c'] } } })
    })
    expect(walk).toContain(
      "--source iga --subject alice --claim entitlements --op set --value 'a, b'",
    )
    expect(walk).toContain(String.raw`--require 'entitlements=a\, b,c'`)
    expect(walk).toContain('STALE: alice lost values of entitlements')
    expect(walk).not.toContain('--client')
  })

  it('names audience and client, where neither is the default', () => {
    const walk = commandsFor((registry) => {
      registry.setIn(routes, {})
      registry.setIn(['audiences', 'shop'], {
        claims: ['groups'],
        ttl: '5m',
        routes: { 'GET /x': { require: { groups: ['staff'] } } },
      })
      registry.setIn(['clients', 'reports-job', 'audiences'], ['shop'])
    })
    expect(walk).toContain('--audience shop --client reports-job)')
    expect(walk).toContain('--require groups=staff --audience shop')
  })

  it('is empty without such a route', () => {
    expect(commandsFor((registry) => registry.setIn(routes, {}))).toBe('')
  })
})
