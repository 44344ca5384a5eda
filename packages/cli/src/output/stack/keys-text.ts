import type { TimedKey } from '@freshet/protocol'
import type { ListedKey } from '../../keys/list-keys.ts'
import { momentOf } from '../age.ts'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import type { KeyKind } from '../../keys/key-words.ts'
import type { RotatedKey, Rotation } from '../../keys/rotate-keys.ts'

const COLUMNS: readonly Column<ListedKey>[] = [
  { heading: 'KID', of: ({ kid }) => kid },
  { heading: 'ALG', of: ({ alg }) => alg, rank: 3 },
  { heading: 'HALF', of: ({ half }) => half, rank: 2 },
  { heading: 'STATE', of: ({ state }) => state ?? '', kind: 'status' },
  { heading: 'WHEN', of: whenOf },
  { heading: 'FILE', of: ({ file }) => file, rank: 1 },
  { heading: 'NOTE', of: ({ exposed }) => (exposed ? 'exposed: chmod 600' : '') },
]

/** Keys as a table. */
export function keysText(keys: readonly ListedKey[], view: View = PLAIN_VIEW): string {
  return keys.length === 0 ? 'no keys' : listOf(COLUMNS, keys, view)
}

function whenOf({ state, times }: ListedKey): string {
  const at = (word: string, ms: number | undefined): string =>
    ms === undefined ? '' : `${word} ${momentOf(ms)}`
  if (state === undefined) return ''
  switch (state) {
    case 'next':
      return times.signsFromMs === undefined
        ? 'waits for a rotation'
        : at('signs from', times.signsFromMs)
    case 'signing':
      return at('since', times.signsFromMs)
    case 'retiring':
      return at('published until', times.publishedUntilMs)
    case 'retired':
      return at('since', times.publishedUntilMs)
    case 'revoked':
      return at('since', times.revokedMs)
  }
}

/** The result of a rotation, and the times of its next steps. */
export function rotationText(rotation: Rotation, nowMs: number): string {
  const { keys, dropped } = rotation
  return [
    ...keys.flatMap((key) => sentenceOf(key, rotation, nowMs) ?? []),
    ...dropped.map((kid) => `${kid} is no longer needed and was removed.`),
    ...stepsOf(rotation),
  ].join('\n')
}

/** The times of a key as data. */
export function timesOf(times: TimedKey): Readonly<Record<string, string>> {
  const named = {
    publishedSince: times.addedMs,
    signsFrom: times.signsFromMs,
    publishedUntil: times.publishedUntilMs,
    revokedAt: times.revokedMs,
  }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, momentOf(ms)]])),
  )
}

function sentenceOf(
  { kid, state, times }: RotatedKey,
  { made, revoked, keys }: Rotation,
  nowMs: number,
): string | undefined {
  const { signsFromMs, publishedUntilMs } = times
  const until = publishedUntilMs === undefined ? '' : momentOf(publishedUntilMs)
  switch (state) {
    case 'signing':
      if (publishedUntilMs !== undefined)
        return `${kid} signs until ${momentOf(turnAfter(keys, nowMs))}, and is published until ${until}.`
      return signsFromMs === nowMs ? `${kid} signs from now on.` : `${kid} continues to sign.`
    case 'next':
      if (signsFromMs !== undefined)
        return `${kid} signs from ${momentOf(signsFromMs)}: every reader has it by then.`
      if (!made.includes(kid)) return `${kid} waits, published, for the next rotation.`
      return `${kid} is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.`
    case 'retiring':
      return `${kid} no longer signs, and is published until ${until}.`
    case 'revoked':
      if (!revoked.includes(kid)) return undefined
      return `${kid} is revoked: it no longer signs and is no longer published.`
    case 'retired':
      return undefined
  }
}

function turnAfter(keys: readonly RotatedKey[], nowMs: number): number {
  const later = keys.flatMap(({ times }) => times.signsFromMs ?? []).filter((ms) => ms > nowMs)
  return Math.min(...later)
}

function stepsOf({ kind, file, jwksFile, revoked }: Rotation): readonly string[] {
  const copies = COPIES[kind].replace('FILE', file).replace('JWKS', jwksFile ?? '')
  const alarms = revoked.length === 0 ? [] : [ALARMS[kind]]
  return [copies, ...alarms]
}

/** The readers of the files, and the order of copies if they read copies. */
const COPIES: Readonly<Record<KeyKind, string>> = {
  tokens:
    'The authority reads FILE again within a second, without a restart. Where several read copies, copy it to each now.',
  checkpoints:
    'Nothing is restarted: the authority publishes JWKS, the reconcilers read FILE again within a second. Where they read copies, copy first the one, then the other.',
  stamps:
    'Gateways, authority and reconcilers read FILE again within a second, without a restart. Where they read copies, copy it to each now, reconcilers first: a stamp whose key a reconciler does not have is quarantined.',
  audit:
    'Reconcilers read FILE again within a second, without a restart. Give JWKS to the verifiers of the audit.',
  vouchers:
    'Gateways read JWKS, the console reads FILE again within a second, without a restart. Where they read copies, copy first the one, then the other.',
}

/** The effect of revoking a key of that kind, and the remaining steps. */
const ALARMS: Readonly<Record<KeyKind, string>> = {
  tokens:
    'Edges can accept tokens of a revoked key until they read the key set again, 15 minutes at most. To end them within the lease, deny the key too: freshet cut-off key KID.',
  checkpoints:
    'Reconcilers begin new roots within a second. Edges that read one discard the records that the revoked key signed. They are fresh again after they read the records of the root.',
  stamps:
    'Records stamped with a revoked key that are not recorded yet are quarantined. A source that lost changes by this resyncs.',
  audit:
    'Heads that a revoked key signed no longer prove anything. Only the database proves the entries before the next head.',
  vouchers:
    'Gateways refuse vouchers of a revoked key as soon as they have JWKS. Search the audit for orders that no person gave.',
}
