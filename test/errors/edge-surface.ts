import { createHash } from 'node:crypto'
import { CONTROL_PARTITION, partitionOf, type ErrorCode } from '@freshet/protocol'
import { dpop, type RefusedCode, type Validator } from '@freshet/edge'
import { ALICE, edgesIn, edgeWorld, originInWorld, sayingOf, type EdgesIn } from '@freshet/testkit'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { PATH, edgeWays, type EdgeRequest, type EdgeWays } from './edge-ways.ts'

/** A request that an edge refuses with a code. */
export interface EdgeCase {
  readonly ways: EdgeWays
  readonly request: () => EdgeRequest | Promise<EdgeRequest>
}

/** The case of each code that an edge can give. */
export interface EdgeCases extends AsyncDisposable {
  readonly cases: Readonly<Partial<Record<ErrorCode, EdgeCase>>>
}

const PUBLIC = 'https://pay.example'
const APPROVERS = { require: { groups: ['payments-approvers'] } }
const SILENT_MS = 60_000

/** Edges over memory, each with its own trouble. */
export async function edgeCases(): Promise<EdgeCases> {
  const made = await Promise.all([
    usualCases(),
    proofCases(),
    crowdedCase(),
    silentCase(),
    keylessCase(),
    tenantsCase(),
    policyCases(),
  ])
  return {
    cases: Object.fromEntries(made.flatMap(({ cases }) => Object.entries(cases))),
    async [Symbol.asyncDispose]() {
      for (const each of made) await each[Symbol.asyncDispose]()
    },
  }
}

function ending(cases: EdgeCases['cases'], edges: EdgesIn, ways: readonly EdgeWays[]): EdgeCases {
  return {
    cases,
    async [Symbol.asyncDispose]() {
      for (const each of ways) await each[Symbol.asyncDispose]()
      await edges.closeAll()
    },
  }
}

async function usualCases(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live()
  const ways = await edgeWays(edge, world, APPROVERS)
  const stale = world.token()
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  const label = { e: 1n, s: 200n, c: 200n }
  const denied = world.token({ label, claims: { jti: 'denied' } })
  const origin = originInWorld('sec-1', CONTROL_PARTITION, world.e, world.clock.nowMs())
  const denial = { ...origin, scope: 'denial', denial: 'token', target: 'denied' } as const
  await world.publish(CONTROL_PARTITION, [denial])
  await world.clock.advance(0)
  const lacking = world.token({ label, claims: { groups: ['staff'] } })
  const bound = world.token({ label, claims: { cnf: { jkt: 'thumbprint' } } })
  const carrying = (token: string | undefined): EdgeCase => ({ ways, request: () => ({ token }) })
  const cases = {
    'token.missing': carrying(undefined),
    'token.invalid': carrying('no-token'),
    'token.unproven': carrying(bound),
    'token.stale': carrying(stale),
    'token.revoked': carrying(denied),
    'token.insufficient': carrying(lacking),
  }
  return ending(cases, edges, [ways])
}

interface Prover {
  readonly jkt: string
  readonly prove: (token: string, nowMs: number, jti: string) => Promise<string>
}

async function prover(): Promise<Prover> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(jwk),
    prove(token, nowMs, jti) {
      const ath = createHash('sha256').update(token).digest('base64url')
      const iat = Math.floor(nowMs / 1_000)
      return new SignJWT({ jti, htm: 'GET', htu: `${PUBLIC}${PATH}`, iat, ath })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey)
    },
  }
}

async function proofCases(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const proof = dpop({ urls: [PUBLIC], nonceSecret: Buffer.alloc(32, 1) })
  const edge = await edges.live({ proof })
  const ways = await edgeWays(edge, world)
  const { jkt, prove } = await prover()
  const token = world.token({ claims: { cnf: { jkt } } })
  const scheme = 'DPoP'
  const cases: EdgeCases['cases'] = {
    'proof.invalid': { ways, request: () => ({ token, scheme, dpop: 'no-proof' }) },
    'proof.nonce': {
      ways,
      request: async () => ({ token, scheme, dpop: await prove(token, world.clock.nowMs(), 'p') }),
    },
  }
  return ending(cases, edges, [ways])
}

/** A key whose proofs fill its share of the memory. */
async function crowdedCase(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live({ proof: dpop({ urls: [PUBLIC], proofsMax: 2 }) })
  const ways = await edgeWays(edge, world)
  const { jkt, prove } = await prover()
  const token = world.token({ claims: { cnf: { jkt } } })
  const sent = async (jti: string): Promise<EdgeRequest> => ({
    token,
    scheme: 'DPoP',
    dpop: await prove(token, world.clock.nowMs(), jti),
  })
  await edge.decide({
    token,
    proof: { ...(await sent('first')), method: 'GET', url: PATH },
  })
  return ending({ 'limit.reached': { ways, request: () => sent('second') } }, edges, [ways])
}

/** No heartbeat came for a minute. */
async function silentCase(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const ways = await edgeWays(await edges.live(), world, APPROVERS)
  const token = world.token()
  await world.clock.advance(SILENT_MS)
  return ending({ 'token.unverified': { ways, request: () => ({ token }) } }, edges, [ways])
}

/** The issuer does not answer. */
async function keylessCase(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.start({ fetch: () => Promise.reject(new TypeError('fetch failed')) })
  const ways = await edgeWays(edge, world)
  const token = world.token()
  return ending({ 'keys.unavailable': { ways, request: () => ({ token }) } }, edges, [ways])
}

/** Another tenant got the audience, and the edge names none. */
async function tenantsCase(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const ways = await edgeWays(await edges.live(), world)
  const token = world.token()
  const shared = new Set(['payments'])
  world.map = { ...world.map, version: world.map.version + 1, shared }
  await world.announce(world.map)
  await world.liveFor(1_000)
  return ending({ 'tenants.unnamed': { ways, request: () => ({ token }) } }, edges, [ways])
}

const POLICY_CODES = [
  'policy.denied',
  'policy.context',
  'policy.unnamed',
  'policy.failed',
  'policy.late',
] as const

/** An authority that finds everything fresh, and whose route refuses the request. */
async function policyCases(): Promise<EdgeCases> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  let refused: RefusedCode = 'policy.denied'
  const validator: Validator = {
    validate: async (question) => ({ ...sayingOf(question, { kind: 'fresh' }), refused }),
  }
  const edge = await edges.live({ validator })
  const ways = await edgeWays(edge, world, { ...APPROVERS, risk: 'high' })
  const token = world.token()
  const cases = POLICY_CODES.map((code): readonly [ErrorCode, EdgeCase] => {
    const request = (): EdgeRequest => {
      refused = code
      return { token }
    }
    return [code, { ways, request }]
  })
  return ending(Object.fromEntries(cases), edges, [ways])
}
