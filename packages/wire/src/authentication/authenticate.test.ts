import { partitionOf, type ClaimChange, type SourceHeartbeat } from '@freshet/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readIncoming } from './authenticate.ts'
import type { Authenticity } from './authenticity.ts'
import { formatChangeEvent } from '../changes/change-event.ts'
import { encodeChange, encodeHeartbeat } from '../changes/change-record.ts'
import { signBytes, signJws } from '../keys/jws.ts'
import { importJwks } from '../keys/jwks.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { signRecord, stampRecord } from './stamp.ts'

const subject = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const partition = partitionOf(subject)
const change: ClaimChange = {
  kind: 'claim',
  tenant: 'acme',
  source: 'hr',
  id: 'hr-42',
  occurredAtMs: 1_764_000_000_120,
  sourceVersion: { epoch: 0n, n: 42n },
  subject,
  claim: 'groups',
  op: 'remove',
  values: ['payments-approvers'],
}
const macKey = Buffer.alloc(32, 1)
const stamp = { partition, number: 7n }
const stamped = (made: OutgoingRecord = encodeChange(change)): OutgoingRecord =>
  stampRecord(made, stamp, macKey)
const bytes = (text: string): Uint8Array => Buffer.from(text)

let hr: SigningKey
let keys: Authenticity

beforeAll(async () => {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'hr-1')
  const sourceKeys: readonly VerifyKey[] = importJwks({ keys: [publicJwk] })
  hr = importSigningKey(privateJwk)
  keys = {
    macKeys: [macKey],
    sourceKeys: (source) => (source === 'hr' ? sourceKeys : []),
    signers: (kid) =>
      sourceKeys.filter((key) => key.kid === kid).map((key) => ({ source: 'hr', key })),
  }
})

const read = (record: OutgoingRecord, at = partition) =>
  readIncoming({ ...record, partition: at }, keys)

function flipped(record: OutgoingRecord, place: string, bit: number): OutgoingRecord {
  const flip = (part: Uint8Array | null): Uint8Array => {
    const copy = Uint8Array.from(part ?? [])
    const at = Math.floor(bit / 8) % copy.length
    copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8))
    return copy
  }
  if (place === 'key') return { ...record, key: flip(record.key) }
  if (place === 'value') return { ...record, value: flip(record.value) }
  return { ...record, headers: { ...record.headers, [place]: flip(record.headers[place] ?? null) } }
}

describe('a stamped record', () => {
  it('is read by a reader with the key, and by an older key of the gateways', async () => {
    const rotated = { ...keys, macKeys: [Buffer.alloc(32, 2), macKey] }
    const incoming = await readIncoming({ ...stamped(), partition }, rotated)
    expect(incoming).toMatchObject({ kind: 'change', change, stamp })
  })

  it('is unauthentic after any bit of key, value, header or stamp flipped', async () => {
    const record = stamped()
    const places = fc.constantFrom('key', 'value', ...Object.keys(record.headers))
    await fc.assert(
      fc.asyncProperty(places, fc.nat(), async (place, bit) => {
        expect((await read(flipped(record, place, bit))).kind).toBe('unauthentic')
      }),
      { numRuns: 500 },
    )
  })

  it('cannot be moved to another partition', async () => {
    expect(await read(stamped(), (partition + 1) % 7)).toEqual({
      kind: 'unauthentic',
      rule: 'the stamp is for another partition',
    })
  })

  it('is unauthentic with a header more, a header less, without a value and under another key', async () => {
    const record = stamped()
    const { ce_time: _, ...fewer } = record.headers
    const broken = [
      { ...record, headers: { ...record.headers, ce_subject: bytes('x') } },
      { ...record, headers: fewer },
      { ...record, value: null },
      stampRecord(encodeChange(change), stamp, Buffer.alloc(32, 9)),
      encodeChange(change),
    ]
    for (const each of broken) expect((await read(each)).kind).toBe('unauthentic')
  })

  it('carries its trace context, which proves nothing, and drops one that is malformed', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const traced = stamped(encodeChange(change, { traceparent }))
    expect(await read(traced)).toMatchObject({ kind: 'change', traceparent })
    const headers = { ...traced.headers, traceparent: bytes('nonsense') }
    expect(await read({ ...traced, headers })).not.toHaveProperty('traceparent')
  })

  it('has the same content hash whatever its stamp, and another one for another value', async () => {
    const again = stampRecord(encodeChange(change), { partition, number: 8n }, macKey)
    const other = stamped(encodeChange({ ...change, values: ['staff'] }))
    const [a, b, c] = await Promise.all([read(stamped()), read(again), read(other)])
    const hashOf = (incoming: object): unknown => Reflect.get(incoming, 'contentHash')
    expect(hashOf(a)).toBe(hashOf(b))
    expect(hashOf(a)).not.toBe(hashOf(c))
  })
})

describe('a source key', () => {
  const known = async (...kids: readonly string[]): Promise<Authenticity> => {
    const made = await Promise.all(kids.map((kid) => generateKey('ES256', kid)))
    const others = importJwks({ keys: made.map(({ publicJwk }) => publicJwk) })
    return { ...keys, sourceKeys: () => others }
  }

  it('that is rotated with events in flight: an event that a gateway accepted counts, whatever key is valid now', async () => {
    const [taken, later] = [stamped(), await known('hr-2')]
    expect(await readIncoming({ ...taken, partition }, later)).toMatchObject({ change, stamp })
  })

  it('that is rotated stays in the set until what it signed on the topic has been read', async () => {
    const own = await signRecord(encodeChange(change), stamp, hr)
    const later = await known('hr-2')
    const both: Authenticity = {
      ...keys,
      sourceKeys: (source) => [...later.sourceKeys(source), ...keys.sourceKeys(source)],
    }
    expect(await readIncoming({ ...own, partition }, both)).toMatchObject({ change, stamp })
  })

  it('that was revoked proves nothing any more, nor does another key of its name', async () => {
    const own = await signRecord(encodeChange(change), stamp, hr)
    for (const kid of ['hr-2', 'hr-1']) {
      const incoming = await readIncoming({ ...own, partition }, await known(kid))
      expect(incoming.kind).toBe('unauthentic')
    }
    // Control: the key that still counts.
    expect((await read(own)).kind).toBe('change')
  })
})

describe('a record that its source signed', () => {
  it('is read with a detached JWS, bound like a stamp', async () => {
    const record = await signRecord(encodeChange(change), stamp, hr)
    expect(await read(record)).toMatchObject({ kind: 'change', change, stamp })
    expect((await read(record, (partition + 1) % 7)).kind).toBe('unauthentic')
    expect((await read(flipped(record, 'value', 3))).kind).toBe('unauthentic')
    const asOther = { ...record.headers, ce_source: bytes('iga') }
    expect((await read({ ...record, headers: asOther })).kind).toBe('unauthentic')
  })

  it('is read as a compact JWS that names its place, and not without one', async () => {
    const place = { freshettenant: 'acme', freshetpartition: partition, freshetnumber: '7' }
    const event = formatChangeEvent(change) as object
    const signed = (payload: object, typ = 'cloudevents+json'): OutgoingRecord => ({
      key: null,
      value: bytes(signJws(bytes(JSON.stringify(payload)), hr, { typ })),
      headers: {},
    })
    expect(await read(signed({ ...event, ...place }))).toMatchObject({
      kind: 'change',
      change,
      stamp,
    })
    expect((await read(signed({ ...event, ...place }), (partition + 1) % 7)).kind).toBe(
      'unauthentic',
    )
    expect((await read(signed(event))).kind).toBe('unauthentic')
    expect((await read(signed({ ...event, ...place }, 'jwt'))).kind).toBe('unauthentic')
  })
})

describe('the JWS of a record', () => {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')

  it('is refused in a header of the record with a member that is not accepted', async () => {
    const record = await signRecord(encodeChange(change), stamp, hr)
    const jws = Buffer.from(record.headers['ce_freshetjws'] ?? []).toString()
    const ruleWith = async (more: object): Promise<unknown> => {
      const head = { alg: 'ES256', kid: 'hr-1', typ: 'freshet-record+jws', ...more }
      const text = jws.replace(/^[^.]*/, part(head))
      const headers = { ...record.headers, ce_freshetjws: bytes(text) }
      return Reflect.get(await read({ ...record, headers }), 'rule')
    }
    expect(await ruleWith({ future: 'x' })).toMatch(/header member that is not accepted/)
    // Controls: a header with an accepted member goes on to the signature check, and the original header is
    // accepted.
    expect(await ruleWith({ x5t: 'x' })).toMatch(/does not verify/)
    expect(await ruleWith({})).toBeUndefined()
  })

  it('is refused as the value of the record with a member that is not accepted', async () => {
    const place = { freshettenant: 'acme', freshetpartition: partition, freshetnumber: '7' }
    const event = { ...(formatChangeEvent(change) as object), ...place }
    const withHeader = (more: object): OutgoingRecord => {
      const head = { alg: 'ES256', kid: 'hr-1', typ: 'cloudevents+json', ...more }
      const input = `${part(head)}.${part(event)}`
      const signature = signBytes(hr, Buffer.from(input)).toString('base64url')
      return { key: null, value: bytes(`${input}.${signature}`), headers: {} }
    }
    expect(await read(withHeader({ future: 'x' }))).toMatchObject({ kind: 'unauthentic' })
    // Control: the same record with an accepted member.
    expect(await read(withHeader({ x5t: 'x' }))).toMatchObject({ kind: 'change', change })
  })
})

describe('an authentic record that cannot be understood (rule 20)', () => {
  const withValue = (value: string): OutgoingRecord =>
    stamped({ ...encodeChange(change), value: bytes(value) })
  const data = (member: object): string => {
    const { value } = encodeChange(change)
    const whole: unknown = JSON.parse(Buffer.from(value ?? []).toString())
    return JSON.stringify({ ...(whole as object), ...member })
  }

  it.each([
    ['an unknown op', { op: 'rename' }],
    ['an unknown critical name', { critical: ['unless'] }],
    ['a subject of another format', { subject: { format: 'email', email: 'a@example.com' } }],
    [
      'an identifier with a member more',
      { subject: { format: 'iss_sub', iss: 'i', sub: 's', org: 'o' } },
    ],
    ['a position as a number', { sequence: 42 }],
    ['a time that is none', { occurredAt: 'yesterday' }],
    ['another tenant than its header', { tenant: 'other' }],
  ])('is unreadable for %s, and names the claim', async (_, member) => {
    expect(await read(withValue(data(member)))).toMatchObject({
      kind: 'unreadable',
      tenant: 'acme',
      source: 'hr',
      id: 'hr-42',
      subject,
      claim: 'groups',
      stamp,
    })
  })

  it('is read as ever with a member that is unknown and not critical', async () => {
    expect(await read(withValue(data({ colour: 'green' })))).toMatchObject({
      kind: 'change',
      change,
    })
  })

  it('takes the subject from the key where the value is no JSON', async () => {
    const incoming = await read(withValue('{"claim":"groups"'))
    expect(incoming).toMatchObject({ kind: 'unreadable', subject })
    expect(incoming).not.toHaveProperty('claim')
  })

  it('names no subject whose watermarks do not stand in this partition', async () => {
    const elsewhere = { partition: (partition % 6) + 1, number: 1n }
    const record = stampRecord(encodeChange(change), elsewhere, macKey)
    const incoming = await read(record, elsewhere.partition)
    expect(incoming.kind).toBe('unreadable')
    expect(incoming).not.toHaveProperty('subject')
  })

  it('never repeats a value of the event in the rule', async () => {
    const incoming = await read(
      withValue(data({ value: [{ secret: 'hunter2' }], occurredAt: 'hunter2' })),
    )
    expect(
      JSON.stringify(incoming, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v)),
    ).not.toContain('hunter2')
  })
})

it('a heartbeat is authentic only in the partition that it was stamped for (rule 12)', async () => {
  const heartbeat: SourceHeartbeat = {
    kind: 'heartbeat',
    tenant: 'acme',
    source: 'hr',
    throughMs: 1000,
    last: 4n,
  }
  const record = stampRecord(encodeHeartbeat(heartbeat), { partition: 2, number: 0n }, macKey)
  expect(await read(record, 2)).toEqual({ kind: 'heartbeat', heartbeat })
  expect((await read(record, 3)).kind).toBe('unauthentic')
})

it('no record makes the reader throw', async () => {
  const part = fc.option(fc.uint8Array({ maxLength: 40 }))
  const names = fc.constantFrom(
    'ce_source',
    'ce_type',
    'ce_freshetmac',
    'ce_freshetjws',
    'content-type',
    '__proto__',
  )
  const headers = fc
    .array(fc.tuple(names, fc.uint8Array({ maxLength: 40 })))
    .map((each) => Object.fromEntries(each))
  await fc.assert(
    fc.asyncProperty(part, part, headers, async (key, value, made) => {
      expect((await read({ key, value, headers: made })).kind).toBe('unauthentic')
    }),
  )
})
