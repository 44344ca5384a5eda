import { expect, test } from 'vitest'
import { keycloakAvailability } from './availability.ts'

test('without Java on the path the one thing to install is named', async () => {
  expect(await keycloakAvailability({ PATH: '/nowhere' })).toEqual({
    available: false,
    missing: 'Java 17 or newer',
  })
})
