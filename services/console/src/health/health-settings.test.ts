import { expect, it } from 'vitest'
import { healthServices } from './health-settings.ts'

it('reads names and addresses of services', () => {
  const text = 'gateway=http://127.0.0.1:7070, sidecar:2=https://edge.test/x'
  expect(healthServices.parse(text)).toEqual(
    new Map([
      ['gateway', 'http://127.0.0.1:7070'],
      ['sidecar:2', 'https://edge.test/x'],
    ]),
  )
})

it.each(['', 'gateway', 'gateway=', 'gateway=file:///etc/passwd', 'a b=http://x', '=http://x'])(
  'refuses %j',
  (text) => {
    expect(healthServices.safeParse(text).success).toBe(false)
  },
)
