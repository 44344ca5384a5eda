import { expect, it } from 'vitest'
import { mintRefused } from './mint-refused.ts'

it.each([
  [false, 'Source hr is silent beyond its lease in partition 3.'],
  [true, 'Every source is silent beyond its lease in partition 3: no heartbeat is recorded.'],
])('a refused mint names the silent source, unless each is silent: %s', (isEvery, message) => {
  const refusal = { kind: 'silent-source', source: 'hr', partition: 3, isEvery } as const
  expect(mintRefused(refusal)).toMatchObject({ code: 'mint.unverified', message })
})
