import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes, type ErrorCode, type ErrorEntry } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { readPage, ROOT, rowsOf } from './pages.ts'

const thrown = /new (?:FreshetError|EventError)\(\s*'([^']+)'/g

/** Returns the codes that a source text throws by name. */
function codesThrownIn(source: string): readonly string[] {
  return [...source.matchAll(thrown)].map(([, code = '']) => code)
}

const sources = ['packages', 'services', 'infra']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  .filter((file) => /\/src\/.*\.ts$/.test(file) && !/node_modules|\.test\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))

describe('the catalogue of errors', () => {
  it('has every code that is thrown', () => {
    const unknown = sources.flatMap(({ file, text }) =>
      codesThrownIn(text).flatMap((code) => (code in errorCodes ? [] : `${file}: ${code}`)),
    )
    expect(unknown).toEqual([])
  })

  it('control: a code that it lacks would be found, across lines too', () => {
    expect(codesThrownIn("throw new FreshetError(\n  'made.up',\n  `x`)")).toEqual(['made.up'])
  })

  it.each(Object.keys(errorCodes))('has no entry that no code reports: %s', (code) => {
    const isReported = sources.some(
      ({ file, text }) => !file.includes('protocol/src/errors/') && text.includes(`'${code}'`),
    )
    expect(isReported).toBe(true)
  })

  it.each(Object.entries(errorCodes))('%s has a cause, an expectation and a remedy', (_, entry) => {
    for (const text of [entry.what, entry.normal, entry.remedy]) {
      expect(text).toMatch(/^[A-Z`].*[.]$/)
    }
  })
})

describe('docs/errors.md', () => {
  const { text } = readPage('docs/errors.md')

  it('leads from each answer of an edge to its codes', () => {
    const rows = rowsOf(text, /^A protected service answers/)
    const listed = rows.flatMap(([answer = '', codes = '']) =>
      [...codes.matchAll(/\[([a-z.-]+)\]/g)].map(([, code = '']) => [code, answer.slice(-3)]),
    )
    expect(listed.length).toBeGreaterThan(10)
    for (const [code = '', status] of listed) {
      const entry: ErrorEntry = errorCodes[code as ErrorCode]
      expect([code, entry.http.edge]).toEqual([code, Number(status)])
    }
    const own = Object.entries(errorCodes as Record<string, ErrorEntry>)
      .filter(([code, { http }]) => http.edge !== undefined && /^(?:token|proof|policy)/.test(code))
      .map(([code]) => code)
    expect(listed.map(([code]) => code)).toEqual(expect.arrayContaining(own))
  })
})
