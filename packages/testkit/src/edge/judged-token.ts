import { createHash } from 'node:crypto'
import type { RecheckAnswer, PartitionKnowledge } from '@freshet/authority'
import { PARTITIONS, type Client, type JudgedToken, type Subject } from '@freshet/protocol'
import { ACME_IDP } from '../acme-registry.ts'

/** The content of {@link JUDGED}. */
export interface Judged {
  readonly atMs: number
  readonly issuer: string
  readonly subject: Subject
  readonly cause: { readonly source: string; readonly change: string }
  readonly secret: string
}

/** The data of judged tokens: time, issuer, subject, revoking change, and the secret of the asking client. */
export const JUDGED: Judged = {
  atMs: 1_795_514_400_000,
  issuer: 'https://tokens.example',
  subject: { tenant: 'acme', iss: ACME_IDP, sub: 'alice' },
  cause: { source: 'hr', change: 'c9' },
  secret: 'secret',
}

/** A token about {@link JUDGED}'s subject, minted by version 3, with a claim that grants and one that describes. */
export function judgedToken(more: Partial<JudgedToken> = {}): JudgedToken {
  return {
    tenant: 'acme',
    issuer: JUDGED.issuer,
    kid: 'k1',
    jti: 'j1',
    client: 'web',
    pv: 3,
    parties: [{ subject: JUDGED.subject, label: { e: 1n, s: 10n, c: 5n } }],
    claims: new Map([
      ['groups', ['a']],
      ['department', ['sales']],
    ]),
    ...more,
  }
}

/** A partition with version 3, in which every source has a current lease. */
export function livePartition(more: Partial<PartitionKnowledge> = {}): PartitionKnowledge {
  return {
    e: 1n,
    activePv: 3,
    activeHash: 'ab',
    minimumPv: 1,
    throughMs: new Map(['hr', 'iga', 'security'].map((source) => [source, JUDGED.atMs])),
    ...more,
  }
}

/** The result of a look without any revocation or silence. */
export function liveRecheck(more: Partial<RecheckAnswer> = {}): RecheckAnswer {
  return {
    partitions: new Map(PARTITIONS.map((number) => [number, livePartition()])),
    watermarks: new Map(),
    denials: new Map(),
    ...more,
  }
}

/** A client that may introspect tokens for these audiences. */
export function resourceServer(
  id: string,
  introspects: readonly string[],
  more: Partial<Client> = {},
): Client {
  const secretHash = createHash('sha256').update(JUDGED.secret).digest('base64url')
  return { id, tenant: 'acme', secretHash, audiences: ['payments'], introspects, ...more }
}
