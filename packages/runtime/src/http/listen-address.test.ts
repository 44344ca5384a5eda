import { expect, it } from 'vitest'
import { listenAddress } from './listen-address.ts'

it.each(['127.0.0.1', '0.0.0.0', '10.1.2.3', '::', '::1'])(
  '%s is an address to listen on',
  (text) => {
    expect(listenAddress.safeParse(text).data).toBe(text)
  },
)

it.each(['localhost', '10.1.2', '10.1.2.3:80', '[::1]', '*', ''])('%j is none', (text) => {
  expect(listenAddress.safeParse(text).success).toBe(false)
})
