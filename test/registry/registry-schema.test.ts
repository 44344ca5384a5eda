import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsIn } from '@freshet/registry/lint'
import {
  lintRegistryFile,
  registryJsonSchema,
  type JsonSchema,
  type LintedRegistry,
} from '@freshet/registry'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { ROOT } from '../docs/pages.ts'
import { brokenRegistries } from './broken-registries.ts'
import { mutantsOf } from './mutants.ts'

const folder = join(ROOT, 'infra', 'registry')
const valueOf = (text: string): unknown => parseDocument(text, { uniqueKeys: false }).toJS()
const read = (file: string): unknown => valueOf(readFileSync(join(folder, file), 'utf8'))

function compile(schema: JsonSchema): ValidateFunction {
  return new Ajv2020({ strict: true }).compile(schema)
}

const stored = JSON.parse(
  readFileSync(join(ROOT, 'schemas', 'registry.schema.json'), 'utf8'),
) as JsonSchema
const accepts = compile(stored)
const examples = ['registry.yaml', 'company.yaml']

/** Returns whether the form is right: lint reports a missing owner, and editors require it. */
function isFormOf({ findings, registry }: LintedRegistry): boolean {
  return registry !== undefined && findings.every(({ code }) => code !== 'owner.missing')
}

describe('the JSON Schema of the registry', () => {
  it('is the one that the code makes', () => {
    expect(stored).toEqual(registryJsonSchema())
  })

  it.each(examples)('accepts the example %s, which names it for editors', (file) => {
    expect(accepts(read(file))).toBe(true)
    const [first] = readFileSync(join(folder, file), 'utf8').split('\n')
    expect(first).toBe('# yaml-language-server: $schema=../../schemas/registry.schema.json')
  })

  it('explains every member', () => {
    expect(membersWithout(stored, '')).toEqual([])
  })

  /** Files that are refused before there is a value to check. */
  const unreadable = [
    'file.not-utf8',
    'file.not-yaml',
    'file.too-deep',
    'file.alias',
    'file.several-documents',
    'name.invalid-proto',
  ]
  const broken = brokenRegistries().filter(
    ({ name }) => !unreadable.some((code) => name.startsWith(code)),
  )

  it.each(broken)('refuses $name if the reader does, and no other', ({ text }) => {
    const file = valueOf(text)
    expect(accepts(file)).toBe(isFormOf(lintRegistryFile(file)))
  })
})

describe('a registry: the example of a company with one thing changed', () => {
  const linted = mutantsOf(read('company.yaml')).map((mutant) => {
    const result = lintRegistryFile(mutant.value)
    return { ...mutant, result, isForm: isFormOf(result) }
  })
  const wrongBy = (schema: ValidateFunction): readonly string[] =>
    linted.filter(({ value, isForm }) => schema(value) !== isForm).map(({ what }) => what)

  it('the schema accepts what the reader accepts, and nothing else', () => {
    expect(wrongBy(accepts)).toEqual([])
    expect(linted.length).toBeGreaterThan(3_000)
  })

  it('control: both refuse most of it, and a schema without required members would be found', () => {
    expect(linted.filter(({ isForm }) => !isForm).length).toBeGreaterThan(linted.length / 2)
    const lenient = compile({ ...stored, $id: 'lenient', required: [] } as JsonSchema)
    expect(wrongBy(lenient)).toEqual([
      ' is {}',
      '/version is gone',
      '/account is gone',
      '/sources is gone',
      '/claims is gone',
    ])
  })

  it('the reader names an error wherever it refuses', () => {
    for (const { result } of linted)
      if (result.registry === undefined) expect(errorsIn(result.findings)).not.toEqual([])
  })
})

/** Returns the places of members without a description. */
function membersWithout(schema: JsonSchema, place: string): readonly string[] {
  const members = Object.entries(schema.properties ?? {})
  const { additionalProperties: entry, items } = schema
  return [
    ...members.flatMap(([name, member]) => (member.description ? [] : [`${place}/${name}`])),
    ...members.flatMap(([name, member]) => membersWithout(member, `${place}/${name}`)),
    ...(typeof entry === 'object' ? membersWithout(entry, `${place}/*`) : []),
    ...(items === undefined ? [] : membersWithout(items, `${place}/0`)),
  ]
}
