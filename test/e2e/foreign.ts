import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionOf, type Subject } from '@freshet/protocol'
import {
  encodeIssuance,
  generateKey,
  importSigningKey,
  ISSUANCES_TOPIC,
  signRecord,
  type LogWriter,
  type SigningKey,
} from '@freshet/wire'
import { signToken } from '@freshet/testkit'
import type { Document } from 'yaml'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'

const ISSUER = 'https://sts.partner.example'
const LIFE_S = 300

/** A token that a foreign issuer minted. */
export interface ForeignToken {
  readonly jwt: string
  readonly jti: string
  readonly subject: Subject
  readonly iat: number
}

/** A token service that does not know Freshet. */
export interface TokenService {
  /** Declares it: its tokens give `groups` as `roles`, and `hr` signs its issuances. */
  declareIn(registry: Document): void
  mint(sub: string, roles: readonly string[], by?: SigningKey, more?: object): ForeignToken
  /** Writes the record of a token, signed by that key. */
  recordIssued(token: ForeignToken, writer: LogWriter, by: SigningKey): Promise<void>
  close(): Promise<void>
}

export async function tokenService(): Promise<TokenService> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-sts-'))
  const { privateJwk, publicJwk } = await generateKey('ES256', 'sts-1')
  const keys = join(dir, 'sts.jwks.json')
  await writeFile(keys, JSON.stringify({ keys: [publicJwk] }))
  const own = importSigningKey(privateJwk)
  return {
    declareIn: (registry) =>
      registry.setIn(['issuers', 'sts'], {
        issuer: ISSUER,
        tenant: DEV_TENANT,
        keys,
        audiences: ['payments'],
        claims: { groups: 'roles' },
        subjects: { iss: DEV_IDP },
        margin: '2s',
        maxTtl: '5m',
        issuances: 'hr',
      }),
    mint(sub, roles, by = own, more = {}) {
      const jti = randomUUID()
      const iat = Math.floor(Date.now() / 1_000)
      const claims = {
        iss: ISSUER,
        sub,
        aud: 'payments',
        jti,
        iat,
        exp: iat + LIFE_S,
        roles,
        ...more,
      }
      const jwt = signToken({ typ: 'JWT', alg: 'ES256', kid: 'sts-1' }, claims, by)
      return { jwt, jti, iat, subject: { tenant: DEV_TENANT, iss: DEV_IDP, sub } }
    },
    async recordIssued({ jti, iat, subject }, writer, by) {
      const record = encodeIssuance({
        issuer: ISSUER,
        jti,
        subject,
        client: 'partner-app',
        audience: 'payments',
        kid: 'sts-1',
        pv: 0,
        registryHash: 'A'.repeat(43),
        iatMs: iat * 1_000,
        expMs: (iat + LIFE_S) * 1_000,
        claims: ['groups'],
        claimsDigest: 'B'.repeat(43),
        throughMs: new Map(),
      })
      const partition = partitionOf(subject)
      const signed = await signRecord(record, { partition, number: 1n }, by)
      await writer.append(ISSUANCES_TOPIC, partition, [signed])
    },
    close: () => rm(dir, { recursive: true, force: true }),
  }
}
