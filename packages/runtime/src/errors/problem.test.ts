import { errorCodes, FreshetError } from '@freshet/protocol'
import { finding } from '@freshet/registry/lint'
import type { ErrorCode } from '@freshet/protocol'
import { RegistryError } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemOf } from './problem.ts'

describe('problemOf', () => {
  it.each([
    ['event.malformed', 400],
    ['event.unauthentic', 401],
    ['event.forbidden', 403],
    ['event.conflict', 409],
    ['event.unacknowledged', 409],
    ['request.too-large', 413],
    ['request.malformed', 400],
    ['request.method', 405],
    ['request.late', 408],
    ['request.media-type', 415],
    ['event.unmapped', 422],
    ['limit.reached', 429],
    ['database.unavailable', 503],
    ['invariant.broken', 500],
  ] as const)('answers %s with %i', (code, status) => {
    const problem = problemOf(new FreshetError(code, 'Why it failed.'))
    expect(problem).toMatchObject({ code, status, title: errorCodes[code].what })
    expect(problem.type).toContain(code)
  })

  it('has an error status for every code of the catalogue', () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      expect(problemOf(new FreshetError(code, 'x')).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('points at each part of a body that a schema refused', () => {
    const schema = z.object({ subject: z.object({ 'a/b': z.string() }), op: z.enum(['add']) })
    const cause = schema.safeParse({ subject: { 'a/b': 1 }, op: 'ad' }).error
    const problem = problemOf(new FreshetError('event.malformed', 'Not a change.', { cause }))
    expect(problem.errors?.map((error) => error.pointer)).toEqual(['/subject/a~1b', '/op'])
  })

  it('points at each finding of a registry, the first fifty of them, and prints the number', () => {
    const findings = Array.from({ length: 51 }, (_, n) => {
      const text = { message: 'claim x has no owner', fix: 'name the team that answers for it' }
      return finding('owner.missing', `/claims/x${n}/owner`, text)
    })
    const error = new RegistryError(findings, ({ place }) => place)
    expect(error.message).toMatch(/\nand 1 more$/)
    const { detail, errors, status } = problemOf(error)
    expect([status, detail]).toEqual([422, 'The registry has 51 errors.'])
    expect(errors).toHaveLength(50)
    const rule = 'claim x has no owner (owner.missing)'
    expect(errors?.[0]).toEqual({ pointer: '/registry/claims/x0/owner', rule })
  })

  it('has nothing of the content of an internal fault', () => {
    const faults = [new Error('secret'), new FreshetError('invariant.broken', 'secret'), 'secret']
    expect(JSON.stringify(faults.map(problemOf))).not.toContain('secret')
  })
})
