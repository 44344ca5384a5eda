import {
  FreshetError,
  givesUnlisted,
  mayWrite,
  OWN_SOURCE,
  type Change,
  type Registry,
} from '@freshet/protocol'
import { EventError } from '@freshet/wire'
import type { IntakeContext } from '../context.ts'

/** The time by which the date of an event can be ahead of the gateway's clock: a day. */
export const EVENT_AHEAD_MAX_MS = 86_400_000

/**
 * Checks a change before it gets its place in the feed. The signer must be the source of the change, and the
 * source must be allowed to send it. The numbering must be as declared, and the date must be credible.
 *
 * @throws `event.forbidden`, `event.unmapped`, `event.malformed` with the places that are wrong
 */
export function checkChange(
  registry: Registry,
  signer: string,
  change: Change,
  nowMs: number,
): void {
  if (change.source !== signer) {
    const message = `Event ${change.id} names source ${change.source} and is signed by ${signer}.`
    throw new FreshetError('event.forbidden', message)
  }
  const answer = mayWrite(registry, signer, change)
  if (!answer.ok) throw new FreshetError(answer.code, `Event ${change.id}: ${answer.rule}.`)
  checkValues(registry, change)
  checkNumbering(registry, signer, change.sequence)
  if (change.occurredAtMs > nowMs + EVENT_AHEAD_MAX_MS) {
    const rule = "must not be more than a day ahead of the gateway's clock"
    throw new EventError([{ pointer: '/data/occurredAt', rule }])
  }
}

/** @throws `event.forbidden` */
export function requireSource({ registry }: Pick<IntakeContext, 'registry'>, source: string): void {
  if (source !== OWN_SOURCE && registry.sources.has(source)) return
  throw new FreshetError(
    'event.forbidden',
    `Source ${source} is internal or not in the registry: it must not send heartbeats.`,
  )
}

/** @throws `event.forbidden` */
export function checkTenant({ registry }: Pick<IntakeContext, 'registry'>, tenant: string): void {
  if (registry.tenants.has(tenant)) return
  throw new FreshetError('event.forbidden', `Tenant ${tenant} is not in the registry.`)
}

function checkValues(registry: Registry, change: Change): void {
  if (change.kind !== 'claim') return
  const claim = registry.claims.get(change.claim)
  if (claim === undefined || !givesUnlisted(claim, change)) return
  const rule = `must be one that claim ${claim.name} can have: the registry gives its values or their pattern`
  throw new EventError([{ pointer: '/data/value', rule }])
}

/** Returns whether the source numbers its events itself. The product's own source does not. */
export function isDense(registry: Registry, source: string): boolean {
  return source !== OWN_SOURCE && registry.sources.get(source)?.ordering === 'dense'
}

function checkNumbering(registry: Registry, source: string, sequence: bigint | undefined): void {
  if (source === OWN_SOURCE || isDense(registry, source) === (sequence !== undefined)) return
  throw new EventError([{ pointer: '/data/sequence', rule: numberingRule(registry, source) }])
}

/** Returns the rule for `sequence` that the source must follow, as a text for people. */
export function numberingRule(registry: Registry, source: string): string {
  return isDense(registry, source)
    ? `is required: source ${source} is declared dense`
    : `must be left out: source ${source} is declared monotonic`
}
