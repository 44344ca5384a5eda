import { FreshetError } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { describe, expect, it } from 'vitest'
import { failureOf, runChecks, type DoctorCheck } from './check.ts'

const ok = { outcome: 'ok', detail: 'there' } as const
const check = (name: string, more: Partial<DoctorCheck> = {}): DoctorCheck => ({
  group: 'g',
  name,
  title: `title of ${name}`,
  withinMs: 1_000,
  run: () => ok,
  ...more,
})
const throwing =
  (error: Error): DoctorCheck['run'] =>
  async () => {
    throw error
  }

describe('checks', () => {
  it('are answered in their order, a throwing one with the text of the catalogue', async () => {
    const error = new FreshetError('database.unavailable', 'No answer from Postgres: connecting.')
    const results = await runChecks([check('a'), check('b', { run: throwing(error) })])
    expect(results).toEqual([
      { group: 'g', name: 'a', title: 'title of a', ...ok },
      {
        group: 'g',
        name: 'b',
        title: 'title of b',
        outcome: 'failed',
        detail: 'No answer from Postgres: connecting.',
        means: 'The database did not answer in time. (database.unavailable)',
        fix: 'Check that DATABASE_URL names a primary that this process can reach.',
      },
    ])
  })

  it('that need one that failed or could not be made are not made, and report it', async () => {
    let made = 0
    const counted = { run: () => ((made += 1), ok) }
    const results = await runChecks([
      check('a', { run: throwing(new Error('x')) }),
      check('b', { needs: ['a'], ...counted }),
      check('c', { needs: ['b'], ...counted }),
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped', 'skipped'])
    expect(results[1]?.detail).toBe('cannot be checked until “title of a” passes')
    expect(made).toBe(0)
  })

  it('are made where what they need holds with a warning', async () => {
    const warned = check('a', { run: () => ({ outcome: 'warning', detail: 'hm' }) })
    const [, after] = await runChecks([warned, check('b', { needs: ['a'] })])
    expect(after?.outcome).toBe('ok')
  })

  it('that hang have failed when their time is over', async () => {
    const [hung] = await runChecks([check('a', { withinMs: 5, run: () => new Promise(() => {}) })])
    expect(hung).toMatchObject({ outcome: 'failed', detail: 'no answer within 0.005 s' })
  })

  it.each([
    [new ProblemError(401, 'request.unauthenticated', 'No.'), 'answers 401: No.'],
    [
      new TypeError('fetch failed', {
        cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
      }),
      'does not answer (ECONNREFUSED)',
    ],
    [new DOMException('late', 'TimeoutError'), 'does not answer'],
    ['a text', 'failed'],
  ])('report the outcome of %s', (error, detail) => {
    expect(failureOf(error)).toMatchObject({ outcome: 'failed', detail })
  })
})
