import { expect, it } from 'vitest'
import { clientsOf } from './client.ts'

it('a client has a listener of errors before a pool has it, so that none is uncaught', () => {
  const Client = clientsOf('postgres://freshet@127.0.0.1:5432/freshet')
  expect(new Client().listenerCount('error')).toBe(1)
})
