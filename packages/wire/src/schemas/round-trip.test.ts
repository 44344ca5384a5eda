import {
  CONTROL_PARTITION,
  type Checkpoint,
  type ClaimMap,
  type Omission,
  type Subject,
} from '@freshet/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { report } from '../../../../test/setup/report-arbitrary.ts'
import {
  hash,
  natural,
  partition,
  revocation,
  timeMs,
  word,
} from '../../../../test/setup/wire-arbitraries.ts'
import {
  encodeCheckpoint,
  readCheckpoint,
  verifyCheckpoint,
} from '../checkpoints/checkpoint-record.ts'
import { encodeClaimMap } from '../claim-maps/claim-map-record.ts'
import { decodeEdgeReport } from '../reports/decode-edge-report.ts'
import { encodeEdgeReport } from '../reports/edge-report.ts'
import { importJwks } from '../keys/jwks.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from '../keys/keys.ts'
import { decodeRevocation, encodeRevocation } from '../revocations/revocation-record.ts'
import { encodeActClaim, encodeFreshetClaim, readToken } from '../tokens/token-claims.ts'

const claimMap: fc.Arbitrary<ClaimMap> = fc.record(
  {
    grantMaxMs: fc.integer({ min: 1, max: 1e9 }),
    version: fc.nat(),
    account: word,
    cutOffs: fc.array(word, { maxLength: 3 }),
    leasesMs: fc
      .array(fc.tuple(word, fc.integer({ min: 1, max: 1e9 })), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    claims: fc
      .array(
        fc.tuple(
          word,
          fc.record(
            {
              source: word,
              corroborates: word,
              kind: fc.constantFrom('authoritative' as const, 'descriptive' as const),
              onUnverified: fc.constantFrom('deny' as const, 'strip' as const, 'validate' as const),
              polarity: word,
              from: fc.array(word, { maxLength: 2 }),
            },
            { requiredKeys: ['source', 'kind', 'onUnverified', 'polarity', 'from'] },
          ),
        ),
        { maxLength: 4 },
      )
      .map((entries) => new Map(entries)),
  },
  { requiredKeys: ['version', 'account', 'cutOffs', 'leasesMs', 'claims'] },
)

const through = fc.record({
  atMs: fc.option(timeMs),
  state: fc.constantFrom(
    'complete' as const,
    'hole' as const,
    'halted' as const,
    'silent' as const,
  ),
})
const heartbeat = fc.record(
  {
    through: fc
      .array(
        fc.tuple(
          word,
          fc.array(fc.tuple(word, through), { maxLength: 3 }).map((each) => new Map(each)),
        ),
        { maxLength: 3 },
      )
      .map((each) => new Map(each)),
    minimumPv: fc.nat(),
    mapVersion: fc.nat(),
    mapHash: hash,
    next: fc.record({ offset: natural, lastRecordHash: fc.option(hash) }),
    base: fc.record({ hash, offset: natural }),
    grants: fc.array(
      fc.record({
        id: word,
        tenant: word,
        audience: word,
        route: word,
        claim: word,
        fromMs: timeMs,
        untilMs: timeMs,
      }),
      { maxLength: 3 },
    ),
    atMs: timeMs,
  },
  { requiredKeys: ['through', 'minimumPv', 'mapVersion', 'mapHash', 'next', 'base'] },
)
const checkpoint: fc.Arbitrary<Checkpoint> = fc.record(
  {
    e: natural,
    partition,
    generation: natural,
    previous: fc.option(hash),
    nonce: word,
    count: fc.nat(),
    recordsHash: hash,
    heartbeat,
  },
  { requiredKeys: ['e', 'partition', 'generation', 'previous', 'count', 'recordsHash'] },
)

describe('reading what was written gives the same', () => {
  let signing: SigningKey
  let verifying: VerifyKey

  beforeAll(async () => {
    const pair = await generateKey('EdDSA', 'cp-1')
    signing = importSigningKey(pair.privateJwk)
    const [key] = importJwks({ keys: [pair.publicJwk] })
    if (!key) throw new Error('no key')
    verifying = key
  })

  it('the form of revocations', () => {
    fc.assert(
      fc.property(revocation, (made) => {
        const record = encodeRevocation(made, { issuer: 'https://tokens.example' })
        expect(decodeRevocation({ ...record, partition: made.partition })).toEqual(made)
      }),
    )
  })

  it('for claim maps, with the hash that heartbeats name (rule 21)', () => {
    fc.assert(
      fc.property(claimMap, (map) => {
        const { record, hash: mapHash } = encodeClaimMap(map)
        const decoded = decodeRevocation({ ...record, partition: CONTROL_PARTITION })
        expect(decoded).toEqual({ scope: 'map', map, hash: mapHash })
      }),
    )
  })

  it('for claim maps, whose second sources no build may overlook', () => {
    const claim = { source: 'hr', corroborates: 'iga', kind: 'authoritative' } as const
    const rest = { onUnverified: 'deny', polarity: 'grant', from: [] } as const
    const map: ClaimMap = {
      version: 1,
      account: 'hr',
      cutOffs: [],
      leasesMs: new Map(),
      claims: new Map([['groups', { ...claim, ...rest }]]),
    }
    const { record } = encodeClaimMap(map)
    const wire = JSON.parse(Buffer.from(record.value ?? []).toString()) as object
    expect(wire).toMatchObject({ critical: ['corroborates'], corroborates: { groups: 'iga' } })
    const value = Buffer.from(JSON.stringify({ ...wire, critical: ['of-tomorrow'] }))
    expect(decodeRevocation({ ...record, value, partition: CONTROL_PARTITION })).toBeUndefined()
  })

  it('for claim maps, in whatever order their shared audiences were written', () => {
    const rest = { version: 1, account: 'hr', cutOffs: [], leasesMs: new Map(), claims: new Map() }
    const hashes = [
      ['ledger', 'payments'],
      ['payments', 'ledger'],
    ].map((names) => {
      const map: ClaimMap = { ...rest, shared: new Set(names) }
      const { record, hash: mapHash } = encodeClaimMap(map)
      const decoded = decodeRevocation({ ...record, partition: CONTROL_PARTITION })
      expect(decoded).toEqual({ scope: 'map', map, hash: mapHash })
      return mapHash
    })
    expect(hashes[0]).toBe(hashes[1])
  })

  it('for checkpoints and heartbeats, whose signature verifies', async () => {
    await fc.assert(
      fc.asyncProperty(checkpoint, async (made) => {
        const { record, hash: name } = await encodeCheckpoint(made, signing)
        const read = readCheckpoint(record)
        expect(read).toMatchObject({ checkpoint: made, hash: name, kid: 'cp-1' })
        expect(read && verifyCheckpoint(read, verifying)).toBe(true)
      }),
    )
  })

  it('the form of the claims that a token leaves out', () => {
    const reason = fc.constantFrom<Omission>('over', 'unverified')
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    fc.assert(
      fc.property(fc.dictionary(name, reason), (reasons) => {
        const omitted = new Map(Object.entries(reasons))
        const freshet = encodeFreshetClaim(
          { e: 1n, s: 2n, c: 3n },
          { pv: 1, tenant: 'acme', omitted },
        )
        const payload = {
          iss: 'i',
          sub: 's',
          aud: 'a',
          exp: 2,
          iat: 1,
          jti: 'j',
          client_id: 'c',
          freshet,
        }
        const read = readToken(payload, 'k')
        expect(read.omitted ?? new Map()).toEqual(omitted)
        // A token that leaves out nothing has no such member, as before the member existed.
        expect('omitted' in read).toBe(omitted.size > 0)
        expect(Object.keys(freshet)).toHaveLength(5 + new Set(omitted.values()).size)
      }),
    )
  })

  it('the form of labels of a subject and of each of its actors (rule 24)', () => {
    const party = fc.record({
      subject: fc.record({ tenant: word, iss: word, sub: word }),
      label: fc.record({ e: natural, s: natural, c: natural }),
    })
    fc.assert(
      fc.property(party, fc.array(party, { maxLength: 4 }), fc.nat(), (first, actors, pv) => {
        const { subject: who, label }: { subject: Subject; label: typeof first.label } = first
        const act = encodeActClaim(actors)
        const payload = {
          iss: 'https://tokens.example',
          sub: who.sub,
          aud: 'payments',
          exp: 2,
          iat: 1,
          jti: 'j',
          client_id: 'web',
          ...(act ? { act } : {}),
          freshet: encodeFreshetClaim(label, { pv, tenant: who.tenant }, who.iss),
        }
        expect(readToken(payload, 'k')).toMatchObject({ pv, parties: [first, ...actors] })
      }),
    )
  })

  it('the form of reports of edges', () => {
    fc.assert(
      fc.property(report, (made) => {
        expect(decodeEdgeReport(encodeEdgeReport(made))).toEqual(made)
      }),
    )
  })
})
