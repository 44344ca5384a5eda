import type { Holders, IssuanceJson, TokenView } from '@freshet/insight/answers'
import { readRegistryDocument } from '@freshet/registry'
import type { HolderPage, RecordedToken } from '@freshet/insight'
import type { VersionStore } from '@freshet/registry'
import { formatRfc3339 } from '@freshet/wire'
import { cursorText } from './holder-question.ts'
import { ledgerTokenJson, subjectJson } from '../wire.ts'

/** A page of tokens that carried a value; `next` is where another one begins. */
export function holdersJson({ items, next }: HolderPage): Omit<Holders, 'apiVersion' | 'at'> {
  const tokens = items.map((token) => ({
    ...ledgerTokenJson(token),
    subject: subjectJson(token.subject, { persons: true }),
    policyVersion: token.pv,
  }))
  return { items: tokens, next: next && cursorText(next) }
}

/** A token that the ledger no longer has, in place of the authority's answer. */
export function pastTokenJson(
  { jti, tenant, client, pv, expMs }: RecordedToken,
  nowMs: number,
): Omit<TokenView, 'apiVersion' | 'issuance'> {
  const expired = expMs <= nowMs
  return { jti, tenant, client, policyVersion: pv, expired, parties: [], claims: {}, ledger: null }
}

/**
 * The content of a token: its version, and for each claim its source and the source's `through`. Values are
 * shown to operators and admins; `null` if they are no longer kept.
 */
export async function issuanceJson(
  issued: RecordedToken,
  history: Pick<VersionStore, 'find'>,
  mayRead: boolean,
): Promise<IssuanceJson> {
  const sources = await sourcesOf(issued, history)
  const { audience, client, kid, pv, registryHash, iatMs, expMs, withheld, claimsDigest } = issued
  const claims = issued.claims.map((claim) => {
    const source = sources?.get(claim) ?? null
    const through = source === null ? undefined : issued.throughMs[source]
    return {
      claim,
      source,
      through: through === undefined ? null : formatRfc3339(through),
      values: mayRead ? (issued.values?.get(claim) ?? null) : null,
    }
  })
  return {
    subject: subjectJson(issued.subject, { persons: mayRead }),
    audience,
    client,
    kid,
    policyVersion: pv,
    policyHash: registryHash,
    issuedAt: formatRfc3339(iatMs),
    expiresAt: formatRfc3339(expMs),
    withheld,
    claims,
    claimsDigest,
  }
}

/** The source of each claim, by the text of the version that minted the token, if it is kept. */
async function sourcesOf(
  { pv, registryHash }: RecordedToken,
  history: Pick<VersionStore, 'find'>,
): Promise<ReadonlyMap<string, string> | undefined> {
  const version = await history.find(pv)
  if (version?.hash !== registryHash) return undefined
  const { claims } = readRegistryDocument(version.document).registry
  return new Map([...claims.values()].map(({ name, source }) => [name, source]))
}
