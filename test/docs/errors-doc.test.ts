import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@freshet/domain'
import { describe, expect, it } from 'vitest'
import {
  invalid,
  refusedByRoute,
  stale,
  unproven,
  unverified,
} from '../../packages/edge/src/route/decision.ts'
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
      ({ file, text }) => !file.includes('domain/src/errors/') && text.includes(`'${code}'`),
    )
    expect(isTold).toBe(true)
  })

  it.each(Object.entries(errorCodes))('%s has a cause, an expectation and a remedy', (_, entry) => {
    for (const text of [entry.what, entry.normal, entry.remedy]) {
      expect(text).toMatch(/^[A-Z`].*[.]$/)
    }
  })
})

describe('docs/errors.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')
  const statusOf = (code: string): number =>
    Number(new RegExp(`^### ${code.replace('.', '\\.')}\n[^#]*?HTTP (\\d+)`, 'm').exec(page)?.[1])
  const byPolicies = ['denied', 'context', 'unnamed', 'failed', 'late'] as const
  const outcomes = [
    invalid(''),
    unproven(''),
    unverified(''),
    stale({ kind: 'stale', reason: 'claim-changed' }, {}, 0),
    ...byPolicies.map((name) => refusedByRoute(`policy.${name}`, {})),
  ]

  it.each(outcomes.map(({ code = '', status }) => [code, status] as const))(
    'has for %s the status that an edge answers: %i',
    (code, status) => {
      expect(statusOf(code)).toBe(status)
    },
  )

  it.each(Object.entries(errorCodes))('%s names files that there are', (_, entry) => {
    const text = `${entry.what} ${entry.normal} ${entry.remedy}`
    const named = text.match(/\b(?:docs|schemas|infra)\/[\w./-]*\.(?:md|json|yaml)/g) ?? []
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })
})
