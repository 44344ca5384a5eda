import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diffRegistries } from '@freshet/registry/diff'
import type { Registry } from '@freshet/protocol'
import { parseRegistry, type JsonSchema } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { registryJson } from '../../services/console/src/registry/registry-routes.ts'
import { ROOT } from '../docs/pages.ts'
import { changedOnce } from './changed-once.ts'
import { otherValues, valuesAt, wholeFile, withValue } from './whole-file.ts'
import { wholeRegistry } from './whole-registry.ts'

const changed = changedOnce(wholeRegistry)

describe('a registry in which one thing is changed', () => {
  it.each(changed)('%s makes a difference', (_, value) => {
    const found = diffRegistries(wholeRegistry, value as Registry)
    expect(found).not.toEqual([])
    for (const { sentence } of found) expect(sentence).not.toMatch(/undefined|\[object/)
  })

  const shown = (registry: unknown): string =>
    JSON.stringify(registryJson({ registry: registry as Registry, hash: 'h' }, NOBODY))
  const NOBODY = { published: undefined, ordered: undefined }

  it.each(changed.filter(([path]) => !path.endsWith('secretHash/')))('%s is shown', (_, value) => {
    expect(shown(value)).not.toBe(shown(wholeRegistry))
  })

  it('control: the hash of a secret is not shown, and the same registry makes no difference', () => {
    const [, other] = changed.find(([path]) => path.endsWith('secretHash/')) ?? []
    expect(other).toBeDefined()
    expect(shown(other)).toBe(shown(wholeRegistry))
    expect(diffRegistries(wholeRegistry, structuredClone(wholeRegistry) as Registry)).toEqual([])
    expect(changed.length).toBeGreaterThan(55)
  })
})

describe('a registry file', () => {
  const schema = JSON.parse(
    readFileSync(join(ROOT, 'schemas', 'registry.schema.json'), 'utf8'),
  ) as JsonSchema
  const members = membersOf(schema, []).filter((path) => path.join('/') !== 'version')
  const registry = parseRegistry(wholeFile, 'r')

  it.each(members.map((path) => [path.join('/'), path] as const))(
    'uses %s, and another value makes a difference',
    (_, path) => {
      const found = valuesAt(wholeFile, path)
      expect(found).not.toEqual([])
      const others = otherValues(found[0]).flatMap((value) => {
        try {
          return [parseRegistry(withValue(wholeFile, path, value), 'r')]
        } catch {
          return []
        }
      })
      expect(others.some((other) => diffRegistries(registry, other).length > 0)).toBe(true)
    },
  )
})

/** Returns the paths of all members that have no members themselves; `*` is any name, and `0` is an item. */
function membersOf(schema: JsonSchema, path: readonly string[]): readonly (readonly string[])[] {
  const { properties = {}, additionalProperties: entry, items } = schema
  const inner = [
    ...Object.entries(properties).flatMap(([name, member]) => membersOf(member, [...path, name])),
    ...(typeof entry === 'object' ? membersOf(entry, [...path, '*']) : []),
    ...(items?.properties === undefined ? [] : membersOf(items, [...path, '0'])),
  ]
  return inner.length > 0 ? inner : [path]
}
