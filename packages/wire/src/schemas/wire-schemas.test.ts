import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { readIncoming } from '../authentication/authenticate.ts'
import { formatChangeEvent, parseChangeEvent, parseHeartbeat } from '../changes/change-event.ts'
import { encodeHeartbeat } from '../changes/change-record.ts'
import { parseSetChange } from '../changes/change-set.ts'
import { encodeCheckpoint, readCheckpoint } from '../checkpoints/checkpoint-record.ts'
import { encodeClaimMap } from '../claim-maps/claim-map-record.ts'
import { decodeEdgeReport } from '../reports/decode-edge-report.ts'
import { encodeEdgeReport } from '../reports/edge-report.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { encodeHeartbeats, parseHeartbeats } from '../changes/heartbeats.ts'
import { sha256Text } from '../keys/framing.ts'
import { decodeIssuance, encodeIssuance } from '../tokens/issuance-record.ts'
import { generateKey, importSigningKey, type SigningKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { cloudEventHeaders } from '../log/record-bytes.ts'
import { decodeRevocation, encodeRevocation } from '../revocations/revocation-record.ts'
import { stampRecord } from '../authentication/stamp.ts'
import { parseJson } from '../json/strict-json.ts'
import { readToken } from '../tokens/token-claims.ts'
import { jsonSchemaFiles, wireSchemas } from './wire-schemas.ts'

const folder = new URL('../../../../schemas/', import.meta.url)

/** A changed hash is a changed contract. Only additions are allowed; then write the new hash here. */
const pinned: Readonly<Record<string, string>> = {
  'change-event.schema.json': '8bqNWJRHJFSyZe7QhsnCGKLkR4ZEtiuoZDQfLcjMRvk',
  'change-data.schema.json': 'qpCjFRLdVMzvaMpIDrP5_CRib51Bls-EA8XJoQvoqCQ',
  'change-set.schema.json': 'Ma3Jar0d_1XWDxegQuJ7W-IknRbW7prIDbwt01PoJBY',
  'epoch-body.schema.json': 'AjyM5gBUynOd9yqaTDqvNLrBeVRPZ-sRhaZ6LZGdhrA',
  'heartbeat-body.schema.json': 'aV527Z_QUA0OE4slbVF0EK3ieKaqOJQc4v59P3W1Pc0',
  'heartbeat-data.schema.json': '7RL1dZIHxOE_QRfMlconogLZVNZSRR-7Fo7PA8fSm3k',
  'heartbeats-body.schema.json': 'ojJXw3En7XsJ-wJ9PQ3PyDdIgXe2AzhripAp6Gw1hP8',
  'heartbeats-data.schema.json': 'SO7idnEpIQKVqgN5g_Ov6TFyoXuZEGaFcpjOABSkoN4',
  'revocation.schema.json': 'o4-1264QAsVvOv8KsqgY6Gn3fEI6SbZj30oV3E60lA8',
  'claim-map.schema.json': 'Wsrm3bci0xjwb-t0OJzwzetX-Javxz-WWSGH0-H6N-g',
  'checkpoint.schema.json': 'llUluJCfgP1JnB73-IIpKYT1Nu_Yi3Vsu9Kl9ZhSPCs',
  'edge-report.schema.json': 'CKCcp8DKtcawAy6rn-cSd0MetCgG8MVL75qwpSxznSE',
  'audit-head.schema.json': 'qogAu5uicFbX1hKmA8HbLk9GZg7jibmLm-g1fbLspMo',
  'issuance.schema.json': 'dlMOHXTOlIaSUapaKNnkpD0cpHuNcB6bNYUC6A1RBDk',
  'evaluation.schema.json': 'g7S4ePugWTn84NGNAL_sEAPMI4x8kLzncVdk1AshuvQ',
  'evaluation-answer.schema.json': 'FESfHYSPePDMT3vnGpN9o5ud_4KbUf4A5wisMgVRh6g',
  'access-token.schema.json': 'y2TM6--l11k1T4YNrMrYWvo9JZZKCNma8epPbA0ECcE',
}

describe('the JSON Schema of each wire format', () => {
  it.each([...jsonSchemaFiles()])('%s is the one that is stored, and pinned', (name, text) => {
    expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text)
    expect({ [name]: sha256Text(text) }).toEqual({ [name]: pinned[name] })
  })

  it('has no pin for a format that is gone', () => {
    expect(Object.keys(pinned).sort()).toEqual([...jsonSchemaFiles().keys()].sort())
  })
})

const examples = readdirSync(new URL('examples/', folder)).map((file) => {
  const bytes = readFileSync(new URL(`examples/${file}`, folder))
  return { file, format: file.split('.')[0] ?? '', bytes, json: parseJson(bytes) }
})
const of = (format: string) => examples.filter((each) => each.format === format)

function recordOf(type: string, value: Uint8Array, headers = {}): OutgoingRecord {
  return {
    key: null,
    value,
    headers: { ...cloudEventHeaders({ id: 'x', source: 'x', type }), ...headers },
  }
}

const valueOf = ({ value }: OutgoingRecord): unknown => parseJson(value ?? new Uint8Array())

describe('a golden example', () => {
  let key: SigningKey

  beforeAll(async () => {
    key = importSigningKey((await generateKey('EdDSA', 'k')).privateJwk)
  })

  it.each([...wireSchemas.keys()])('exists of %s and fits its schema', (format) => {
    expect(of(format).length).toBeGreaterThan(0)
    for (const { json } of of(format)) {
      expect(wireSchemas.get(format)?.schema.safeParse(json)).toMatchObject({ success: true })
    }
  })

  it.each(of('change-event'))('of a change is read and written the same: $file', ({ json }) => {
    expect(formatChangeEvent(parseChangeEvent(json).change)).toEqual(plain(json))
  })

  it.each(of('revocation'))(
    'of a revocation is read and written the same: $file',
    ({ bytes, json }) => {
      const { partition } = Reflect.get(json as object, 'freshet') as { partition: number }
      const read = decodeRevocation({ ...recordOf(EVENT_TYPES.revocation, bytes), partition })
      if (read === undefined || read.scope === 'map') throw new Error('unreadable')
      const issuer = String(Reflect.get(json as object, 'iss'))
      expect(valueOf(encodeRevocation(read, { issuer }))).toEqual(json)
    },
  )

  it.each(of('claim-map'))(
    'of a claim map is read and written the same: $file',
    ({ bytes, json }) => {
      const read = decodeRevocation({ ...recordOf(EVENT_TYPES.claimMap, bytes), partition: 0 })
      if (read?.scope !== 'map') throw new Error('unreadable')
      expect(valueOf(encodeClaimMap(read.map).record)).toEqual(json)
    },
  )

  it.each(of('checkpoint'))(
    'of a checkpoint is read and written the same: $file',
    async ({ bytes, json }) => {
      const proof = { ce_freshetkid: Buffer.from('k'), ce_freshetsig: Buffer.from('AA') }
      const read = readCheckpoint(recordOf(EVENT_TYPES.checkpoint, bytes, proof))
      if (!read) throw new Error('unreadable')
      expect(valueOf((await encodeCheckpoint(read.checkpoint, key)).record)).toEqual(json)
    },
  )

  it.each(of('edge-report'))(
    'of a report is read and written the same: $file',
    ({ bytes, json }) => {
      const read = decodeEdgeReport(recordOf(EVENT_TYPES.edgeReport, bytes))
      if (!read) throw new Error('unreadable')
      expect(valueOf(encodeEdgeReport(read))).toEqual(json)
    },
  )

  it.each(of('issuance'))(
    'of an issuance is read and written the same: $file',
    ({ bytes, json }) => {
      const read = decodeIssuance(recordOf(EVENT_TYPES.issuance, bytes))
      if (!read) throw new Error('unreadable')
      expect(valueOf(encodeIssuance(read))).toEqual(json)
    },
  )

  it.each(of('heartbeat-data'))(
    'of a heartbeat is read and written the same: $file',
    async ({ bytes, json }) => {
      const tenant = Buffer.from(String(Reflect.get(json as object, 'tenant')))
      const record = recordOf(EVENT_TYPES.heartbeat, bytes, { ce_freshettenant: tenant })
      const stamped = stampRecord(record, { partition: 1, number: 0n }, Buffer.alloc(32))
      const keys = { macKeys: [Buffer.alloc(32)], sourceKeys: () => [] }
      const read = await readIncoming({ ...stamped, partition: 1 }, keys)
      if (read.kind !== 'heartbeat') throw new Error('unreadable')
      expect(valueOf(encodeHeartbeat(read.heartbeat))).toEqual(json)
    },
  )

  it.each(of('heartbeats-data'))(
    'of a heartbeat for many tenants is read and written the same: $file',
    async ({ bytes, json }) => {
      const tenant = Buffer.from('*')
      const record = recordOf(EVENT_TYPES.heartbeats, bytes, { ce_freshettenant: tenant })
      const stamped = stampRecord(record, { partition: 1, number: 0n }, Buffer.alloc(32))
      const keys = { macKeys: [Buffer.alloc(32)], sourceKeys: () => [] }
      const read = await readIncoming({ ...stamped, partition: 1 }, keys)
      if (read.kind !== 'heartbeats') throw new Error('unreadable')
      const [first = expect.unreachable()] = read.heartbeats
      const { throughMs, source } = first
      const last = new Map(read.heartbeats.map((each) => [each.tenant, each.last]))
      expect(valueOf(encodeHeartbeats({ source, throughMs, last }))).toEqual(json)
    },
  )

  it('a record of another writer is readable', () => {
    for (const { json } of of('heartbeat-body')) parseHeartbeat(json)
    for (const { json } of of('heartbeats-body')) parseHeartbeats(json)
    for (const { json } of of('change-set')) parseSetChange(json)
    for (const { json } of of('access-token')) readToken(json, 'k')
  })
})

function plain(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json))
}
