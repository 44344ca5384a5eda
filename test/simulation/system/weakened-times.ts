import type { ClaimMap } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { PublisherStore, RecorderStore } from '@freshet/reconciler'
import type { Control } from './control.ts'
import { publisherMethods } from './missing-guards.ts'
import { withBatch } from './weakened-recorder.ts'

/** Longer than the life of every token. */
const TOO_LONG_MS = 600_000

/** Rule 8: an issuer's copy counts as late by this much. */
const withMargin =
  (marginMs: number) =>
  (map: ClaimMap): ClaimMap => {
    const issuers = [...(map.issuers ?? [])].map(
      ([iss, terms]) => [iss, { ...terms, marginMs }] as const,
    )
    return { ...map, issuers: new Map(issuers) }
  }

/** Rule 8: edges receive times only with removals from our own copy. */
function ownLossesAlone(store: RecorderStore): RecorderStore {
  return withBatch(store, (batch) => {
    const timesAlone = batch.decision.publications.flatMap((publication) => {
      const revocation = publication.kind === 'revocation' ? publication.revocation : undefined
      return revocation?.scope === 'subject' && revocation.claims.size === 0
        ? revocation.change
        : []
    })
    const isKept = ({ topic, cause }: (typeof batch.outbox)[number]): boolean =>
      topic !== REVOCATIONS_TOPIC || !timesAlone.includes(cause?.change ?? '')
    return { ...batch, outbox: batch.outbox.filter(isKept) }
  })
}

/** Rule 8: times count as published since ever. */
function publishedSinceEver(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return snapshot.foreignSinceMs === undefined ? snapshot : { ...snapshot, foreignSinceMs: 0 }
    },
  }
}

/** The controls of the rules that judge tokens without a label. */
export const TIME_CONTROLS: readonly Control[] = [
  {
    rule: '8',
    without: 'the margin of an issuer is not added to a time',
    guards: { claimMap: withMargin(1) },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 60,
  },
  {
    rule: '8',
    without: 'the margin of an issuer ends',
    guards: { claimMap: withMargin(TOO_LONG_MS) },
    mix: 'foreign',
    breaks: ['V4'],
    seeds: 2,
  },
  {
    rule: '8',
    without: 'the reconciler publishes a time only if its stored values changed',
    guards: { recorder: ownLossesAlone },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 40,
  },
  {
    rule: '8',
    without: 'times count as published from the beginning',
    guards: { publisher: publishedSinceEver },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 40,
  },
]
