import { formatChangeEvent } from '@freshet/wire'
import { hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

const event = formatChangeEvent(hrChange(1n)) as object
let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld()
})

/** The proofs of a source's request, with further members in the header of its JWS. */
const proofs: readonly (readonly [string, (header: object) => Promise<GatewayAnswer>])[] = [
  [
    'an assertion',
    (header) => gateway.post('hr', event, { token: gateway.assertion('hr', {}, header) }),
  ],
  [
    'a signed body',
    (header) => {
      const body = gateway.jws('hr', { typ: 'cloudevents+json', ...header }, event)
      return gateway.post('', body, { type: 'application/jose', token: 'none' })
    },
  ],
]

describe.each(proofs)('a change at the gateway %s', (_, send) => {
  it.each([{ future: 'x' }, { nonce: 'x' }, { enc: 'A256GCM' }, { crit: ['future'], future: 1 }])(
    'is refused with a header member that is not accepted: %j',
    async (header) => {
      expect(await send(header)).toMatchObject({
        status: 401,
        body: {
          code: 'event.unauthentic',
          detail: expect.stringMatching(/has a header member that is not accepted/) as string,
        },
      })
      expect(gateway.produced()).toBe(0)
    },
  )

  it.each([{}, { x5t: 'x' }, { 'x5t#S256': 'x' }])(
    'control: is accepted with members that are: %j',
    async (header) => {
      expect(await send(header)).toMatchObject({ status: 202 })
      expect(gateway.produced()).toBe(1)
    },
  )
})
