import { expect, it } from 'vitest'
import { commandOf, heldIn, pathOf } from './held.ts'

const queryIn = (query: string) => heldIn(new URLSearchParams(query))

it('asks once tenant, claim and value are known', () => {
  expect(pathOf(queryIn('claim=groups&value=staff'))).toBeNull()
  expect(pathOf(queryIn('kind=token-issued'))).toBeNull()
  expect(pathOf(queryIn('tenant=acme&claim=groups&value=a%26b'))).toBe(
    '/v1/tokens?tenant=acme&claim=groups&value=a%26b',
  )
})

it('is the same question on the command line, whatever the value holds', () => {
  const query = new URLSearchParams({
    tenant: 'acme',
    claim: 'groups',
    value: "it's; rm -rf",
    at: '2026-11-24T10:00:00Z',
  })
  expect(commandOf(heldIn(query))).toBe(
    String.raw`token ls --claim groups --value 'it'\''s; rm -rf' --at 2026-11-24T10:00:00Z --tenant acme`,
  )
})
