import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lintRegistryFile } from '../file/registry-file.ts'
import { inOrder, type LocatedFinding, FILE_BYTES_MAX, readRegistryText } from './registry-text.ts'

const example = readFileSync(
  join(import.meta.dirname, '../../../../infra/registry/registry.yaml'),
  'utf8',
)

function lint(text: string | Uint8Array): readonly LocatedFinding[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const { findings, value, locate } = readRegistryText(bytes)
  if (value === undefined) return findings
  return inOrder([...findings, ...lintRegistryFile(value).findings.map(locate)])
}

const findingLines = (text: string | Uint8Array): readonly string[] =>
  lint(text)
    .filter(({ severity }) => severity !== 'note')
    .map(({ code, line, column }) => `${code} ${line}:${column}`)

describe('a registry text', () => {
  it('has all findings at once, in the order of the text: one bad line hides no other', () => {
    const text = example
      .replace('account: hr', 'account: nobody')
      .replace('    lease: 30s', '    lease: half a minute\n    lease: 30 s')
      .replace('    publish: true', '    publish: yes\n    sorce: hr')
      .replace('require: { groups: [staff] }', 'require: { department: [sales] }')
      .replace('    introspects: [payments]', '    introspects: [payment]')
    expect(findingLines(text)).toEqual([
      'source.unknown 5:10',
      'member.twice 36:5',
      'value.form 36:12',
      'value.type 66:14',
      'member.unknown 67:5',
      'grant.not-carried 79:35',
      'route.nobody-validates 80:7',
      'client.unknown-audience 99:19',
    ])
  })

  it('has findings at an alias where it stands for what is wrong', () => {
    const text = example
      .replace('    owner: iam\n    description', '    owner: &team iam\n    description')
      .replace('    kind: authoritative', '    kind: *team')
    expect(findingLines(text)).toEqual(['value.choice 42:11'])
  })

  it('may use aliases for what is right', () => {
    const text = example
      .replace("'POST /approve': {", "'POST /approve': &route {")
      .replace("'GET /report': { require: { groups: [staff] } }", "'GET /report': *route")
    expect(text).toContain('*route')
    expect(findingLines(text)).toEqual([])
  })

  it('has the same places with CRLF and behind a byte order mark', () => {
    const text = example.replace('account: hr', 'account: nobody')
    expect(findingLines(text.replaceAll('\n', '\r\n'))).toEqual(['source.unknown 5:10'])
    expect(findingLines(`\uFEFF${text}`)).toEqual(['source.unknown 5:10'])
  })

  it('is YAML 1.2 in spite of its own header: `no` is a text', () => {
    const text = example.replace('owner: people\n', 'owner: no\n')
    expect(findingLines(`%YAML 1.1\n---\n${text}`)).toEqual([])
  })

  it('counts columns as editors do, and names the line of a byte that is no UTF-8', () => {
    const text = new TextEncoder().encode('# ü😀\nversion: 1 # ü😀')
    expect(findingLines(Uint8Array.from([...text, 0xe2, 0x28]))).toEqual(['file.not-utf8 2:17'])
  })

  it('is not looked at where it is larger than any registry', () => {
    expect(findingLines(new Uint8Array(FILE_BYTES_MAX + 1))).toEqual(['file.too-large 1:1'])
  })

  it('costs what its length costs, however deep it is or however much its aliases multiply to', () => {
    expect(findingLines('['.repeat(100_000)).map((each) => each.split(' ')[0])).toEqual([
      'file.too-deep',
    ])
    const level = (n: number): string => `l${n}: &l${n} [${`*l${n - 1}, `.repeat(9)}*l${n - 1}]\n`
    const bomb = `l0: &l0 [x]\n${Array.from({ length: 60 }, (_, n) => level(n + 1)).join('')}`
    expect(findingLines(bomb)).toEqual(['file.alias 5:25'])
  })

  it('never makes lint fail, whatever bytes change in it, and every finding is inside of it', () => {
    const bytes = new TextEncoder().encode(example)
    const edit = fc.record({
      at: fc.nat(bytes.length - 1),
      gone: fc.nat(40),
      put: fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.constantFrom(...SYNTAX).map(utf8)),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = edits.reduce(
          (text, { at, gone, put }) =>
            Uint8Array.from([...text.subarray(0, at), ...put, ...text.subarray(at + gone)]),
          bytes,
        )
        const lines = new TextDecoder().decode(changed).split(/\n/).length
        for (const { line, column, message } of lint(changed)) {
          expect(line).toBeLessThanOrEqual(lines)
          expect(column).toBeGreaterThan(0)
          expect(message).not.toMatch(/undefined|\[object/)
        }
      }),
      { numRuns: 150 },
    )
  })
})

const SYNTAX = [
  '{',
  '}',
  '[',
  ']',
  ': ',
  '\n',
  '- ',
  '&a ',
  '*a',
  '!t ',
  '"',
  '#',
  '| ',
  '---\n',
  '? ',
  '<<: ',
]
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
