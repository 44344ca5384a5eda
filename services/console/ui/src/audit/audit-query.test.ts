import { expect, it } from 'vitest'
import { auditQueryIn, entriesCommand, entriesPath } from './audit-query.ts'

const queryIn = (query: string) => auditQueryIn(new URLSearchParams(query))

it('lists orders and not tokens, until another chain is chosen', () => {
  const brief = 'reads=false&activations=versions'
  expect(entriesPath(queryIn(''))).toBe(`/v1/audit?stream=control&${brief}`)
  expect(entriesPath(queryIn('tenant=acme'))).toBe(`/v1/audit?stream=control&tenant=acme&${brief}`)
  expect(entriesPath(queryIn('stream=tokens'))).toBe(`/v1/audit?stream=tokens&${brief}`)
  expect(entriesPath(queryIn('stream=all'))).toBe(`/v1/audit?${brief}`)
})

it('lists what admins read, if it is asked for', () => {
  expect(entriesPath(queryIn('reads=true'))).toContain('reads=true')
  expect(entriesCommand(queryIn('reads=true'))).toBe('audit ls --stream control --reads')
  expect(entriesCommand(queryIn(''))).toBe('audit ls --stream control')
})

it('searches a kind or an object in both chains', () => {
  expect(entriesPath(queryIn('kind=token-issued'))).toBe('/v1/audit?kind=token-issued')
  expect(entriesPath(queryIn('ref=hr-1'))).toBe('/v1/audit?ref=hr-1')
})

it('is the same question on the command line', () => {
  expect(entriesCommand(queryIn('kind=cut-off-ordered&since=2026-11-24T10:00:00.000Z'))).toBe(
    'audit ls --kind cut-off-ordered --since 2026-11-24T10:00:00.000Z',
  )
})
