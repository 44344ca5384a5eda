import { randomBytes } from './random-bytes.ts'
import type { Random } from '../../simulation/random.ts'
import type { Mutator } from './mutator.ts'
import type { HostileRequest } from '../../requests/request.ts'

/** Larger than the services' limit of 256 KiB. */
const OVERSIZE_BYTES = 300_000

/** Mutations of a body's bytes, whatever they mean. */
export const byteMutators: readonly Mutator[] = [
  onBody('a bit flipped', (body, random) => {
    const spoilt = Buffer.from(body)
    const at = random.below(body.length)
    spoilt[at] = (spoilt[at] ?? 0) ^ (1 << random.below(8))
    return spoilt
  }),
  onBody('bytes deleted', (body, random) => {
    const [from, to] = rangeOf(body, random)
    return Buffer.concat([body.subarray(0, from), body.subarray(to)])
  }),
  onBody('bytes repeated', (body, random) => {
    const [from, to] = rangeOf(body, random)
    return Buffer.concat([body.subarray(0, to), body.subarray(from)])
  }),
  onBody('bytes inserted', (body, random) => {
    const at = random.below(body.length + 1)
    return Buffer.concat([body.subarray(0, at), randomBytes(random, 8), body.subarray(at)])
  }),
  onBody('cut short', (body, random) => body.subarray(0, random.below(body.length))),
  onBody('a byte-order mark', (body) => Buffer.concat([Buffer.from('\ufeff'), body])),
  onBody('only random bytes', (_, random) => randomBytes(random, 1 + random.below(400))),
  onBody('a body beyond the limit', (body) =>
    Buffer.concat([body, Buffer.alloc(OVERSIZE_BYTES, ' ')]),
  ),
  { ...onBody('bytes that are no UTF-8', insertInvalid), spoils: true },
]

/** Inserts bytes inside a string of JSON, or before everything: no reader must take them for text. */
function insertInvalid(body: Uint8Array, random: Random): Uint8Array {
  const bad = random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])
  const at = random.below(body.length + 1)
  return Buffer.concat([body.subarray(0, at), Buffer.from(bad), body.subarray(at)])
}

function rangeOf(body: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = random.below(body.length)
  return [from, Math.min(body.length, from + 1 + random.below(20))]
}

function onBody(name: string, change: (body: Uint8Array, random: Random) => Uint8Array): Mutator {
  return {
    name,
    apply: (request: HostileRequest, random) =>
      request.body.length === 0 ? undefined : { ...request, body: change(request.body, random) },
  }
}
