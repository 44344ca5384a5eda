import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { ROOT } from './pages.ts'

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
    const isTold = sources.some(
      ({ file, text }) => !file.includes('protocol/src/errors/') && text.includes(`'${code}'`),
    )
    expect(isTold).toBe(true)
  })

  it.each(Object.entries(errorCodes))('%s has a cause, an expectation and a remedy', (_, entry) => {
    for (const text of [entry.what, entry.normal, entry.remedy]) {
      expect(text).toMatch(/^[A-Z`].*[.]$/)
    }
  })
})
