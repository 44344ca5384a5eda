import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { OPERATIONS } from '../requests/corpus.ts'
import { readPage, ROOT } from './pages.ts'

/** The files of a recipe, in its order. */
type Recipes = ReadonlyMap<string, readonly string[]>

/** The recipes of a page by title. Their files are the paths with which lines of a list begin. */
function recipesIn(text: string): Recipes {
  const [, rest = ''] = text.split('\n## Recipes\n')
  const [section = ''] = rest.split(/^## /m)
  const [, ...parts] = section.split(/^### /m)
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', filesIn(part)]))
}

function filesIn(part: string): readonly string[] {
  const heads = part.match(/^- (?:`[^`]+`(?:, | and )?)+/gm) ?? []
  return heads.flatMap((head) => [...head.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path))
}

/** The text of a file, or of all sources in a folder. */
function read(path: string): string {
  const full = join(ROOT, path)
  if (!statSync(full).isDirectory()) return readFileSync(full, 'utf8')
  const files = readdirSync(full).filter((file) => /(?<!\.test)\.ts$/.test(file))
  return files.map((file) => readFileSync(join(full, file), 'utf8')).join('\n')
}

/** Names that have one spelling. */
function alone(names: readonly string[]): readonly (readonly string[])[] {
  return names.map((name) => [name])
}

/** The name of a list, which stands for each of its members. */
const LIST = /^[A-Z_]+$/

/** Names that a text does not have between quotation marks, as a member or as a heading. */
function lackedBy(text: string, names: readonly (readonly string[])[]): readonly string[] {
  const has = (name: string): boolean => {
    if (LIST.test(name)) return new RegExp(`\\b${name}\\b`).test(text)
    const escaped = name.replaceAll(/[.{}]/g, '\\$&')
    return new RegExp(`['"\`]${escaped}['"\`]|^ *(?:### )?${escaped}(?::|$)`, 'm').test(text)
  }
  return names.filter((spellings) => !spellings.some(has)).map(([name = '']) => name)
}

/** Packages through which every change and token goes. */
const MAIN_PATH = [
  'protocol',
  'wire',
  'intake',
  'reconciler',
  'authority',
  'edge',
  'postgres',
  'kafka',
]
const CLAIM_OPS = ['set', 'add', 'remove', 'clear']

/**
 * Every `op` of a change on the wire. Code names a change of a claim and an account event by their kinds, too,
 * and account events by their list.
 */
function changeKinds(): readonly (readonly string[])[] {
  const schema = read('schemas/change-data.schema.json')
  const [, listed = ''] = /"enum": \[([^\]]*"disabled"[^\]]*)\]/.exec(schema) ?? []
  const accountOps = [...listed.matchAll(/"([a-z-]+)"/g)].map(([, op = '']) => op)
  const others = [...schema.matchAll(/"op": \{\s*"type": "string",\s*"const": "([a-z-]+)"/g)].map(
    ([, op = '']) => op,
  )
  return [
    ...CLAIM_OPS.map((op) => [op, 'claim']),
    ...accountOps.map((op) => [op, 'account', 'ACCOUNT_OPS']),
    ...alone(others.filter((op) => !CLAIM_OPS.includes(op))),
  ]
}

const registry = parse(read('infra/registry/registry.yaml')) as { claims: Record<string, unknown> }
const recipes = recipesIn(readPage('CONTRIBUTING.md').text)
const shared = ['GET /livez', 'GET /readyz', 'GET /metrics', 'GET /v1/version']

/** The routes of a service that are its own. */
function routesOf(service: string): readonly (readonly string[])[] {
  return alone(Object.keys(OPERATIONS[service] ?? {}).filter((route) => !shared.includes(route)))
}

describe('the recipes of CONTRIBUTING.md', () => {
  it('are these, and each names files that exist', () => {
    const titles = ['A claim', 'A change kind', 'An error code', 'A route', 'A limit']
    expect([...recipes.keys()]).toEqual(titles)
    for (const files of recipes.values()) {
      expect(files).not.toEqual([])
      expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
    }
  })

  const kinds = changeKinds()

  it.each(recipes.get('A change kind') ?? [])('every change kind is found in %s', (file) => {
    expect(kinds).toHaveLength(19)
    expect(lackedBy(read(file), kinds)).toEqual([])
  })

  it.each(recipes.get('A claim') ?? [])('every claim is found in %s', (file) => {
    expect(lackedBy(read(file), alone(Object.keys(registry.claims)))).toEqual([])
  })

  it('no code of the main path names a claim: a claim needs none', () => {
    expect(claimsNamedBelow(MAIN_PATH)).toEqual([])
  })

  it.each(recipes.get('An error code') ?? [])('every error code is found in %s', (file) => {
    expect(lackedBy(read(file), alone(Object.keys(errorCodes)))).toEqual([])
  })

  const [requests = '', ...services] = (recipes.get('A route') ?? []).toReversed()

  it.each(services)('every route of its service is found in %s', (folder) => {
    const routes = routesOf(folder.split('/')[1] ?? '')
    expect(routes).not.toEqual([])
    const openApi = readdirSync(join(ROOT, folder)).filter((file) => /^openapi.*\.ts$/.test(file))
    const texts = openApi.map((file) => read(`${folder}/${file}`)).join('\n')
    expect(lackedBy(texts, routes)).toEqual([])
  })

  it('every route is found in the corpus of requests', () => {
    const routes = Object.values(OPERATIONS).flatMap((each) => Object.keys(each))
    const files = readdirSync(join(ROOT, requests)).map((file) => read(`${requests}/${file}`))
    expect(lackedBy(files.join('\n'), alone(routes))).toEqual([])
  })

  it.each(recipes.get('A limit') ?? [])('every limit in %s has a doc comment', (file) => {
    expect(uncommented(read(file))).toEqual([])
  })
})

/** Claims of the example registry that sources below these packages name, with the file. */
function claimsNamedBelow(packages: readonly string[]): readonly string[] {
  const names = Object.keys(registry.claims).join('|')
  const files = packages.flatMap((name) => sourcesBelow(`packages/${name}/src`))
  return files.filter((file) => new RegExp(`'(?:${names})'`).test(read(file)))
}

function sourcesBelow(folder: string): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /(?<!\.test)\.ts$/.test(file)).map((file) => `${folder}/${file}`)
}

/** Exported constants without a comment before them or before the constant above them. */
function uncommented(text: string): readonly string[] {
  const blocks = text.split(/\n{2,}/).filter((block) => /^export const/m.test(block))
  return blocks.filter((block) => !block.startsWith('/**'))
}

describe('controls of the recipes', () => {
  it('a kind, a code or a route that a file lacks is found', () => {
    expect(lackedBy(read('packages/protocol/src/changes/change.ts'), [['made-up']])).toEqual([
      'made-up',
    ])
    expect(lackedBy(read('packages/protocol/src/scope/scope.ts'), changeKinds())).not.toEqual([])
    expect(lackedBy(read('docs/errors.md'), [['token.made-up']])).toEqual(['token.made-up'])
    expect(lackedBy(read('services/gateway/src'), [['/v1/made-up']])).toEqual(['/v1/made-up'])
  })

  it('code that names a claim is found', () => {
    expect(claimsNamedBelow(['testkit'])).not.toEqual([])
  })

  it('a limit without a comment is found', () => {
    expect(uncommented('/** X. */\nexport const A_MAX = 1\n\nexport const B_MAX = 2\n')).toEqual([
      'export const B_MAX = 2\n',
    ])
  })

  it('the files of a recipe are read from its list alone', () => {
    const text =
      '\n## Recipes\n\n### A x\n\nSee `a.ts`.\n\n- `b.ts` and `c.ts` have it.\n\n## Next\n'
    expect([...recipesIn(text)]).toEqual([['A x', ['b.ts', 'c.ts']]])
  })
})
