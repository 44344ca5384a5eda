import { FreshetError } from '@freshet/protocol'
import type { Appended, EdgeReport } from '@freshet/wire'
import { USES_REPORTED_EVERY } from '../limits.ts'
import type { EdgeParts } from '../parts.ts'
import { EDGE_VERSION } from '../version.ts'
import { stateOf, viewAgeMs } from '../view.ts'
import { waitsFor } from '../waits-for.ts'
import type { EdgeStats } from './edge-stats.ts'

/** The state of the edge for its own process. */
export function statsOf(parts: EdgeParts): EdgeStats {
  const { settings, knowledge, keys, verifier, sessions, follower } = parts
  return {
    edge: settings.edgeId,
    state: stateOf(follower, knowledge, parts.readiness.isReady),
    viewAgeMs: viewAgeMs(follower),
    partitions: follower.feeds.map((feed) => ({
      partition: feed.partition,
      e: feed.e,
      live: feed.live,
      applied: feed.next,
      viewAgeMs: feed.viewAgeMs(),
    })),
    mapVersion: knowledge.map?.version,
    watermarks: knowledge.table.size,
    watermarksOverflowing: knowledge.table.lackingTenants,
    denials: knowledge.denials.size,
    denialsOverflowing: knowledge.denials.lackingTenants,
    verifiedTokens: verifier.size,
    foreignSubjects: verifier.foreignSubjects,
    verifiedTokenBytes: verifier.bytes,
    allowBytes: parts.allows.bytes,
    sessions: sessions.size,
    keysLoaded: keys.isLoaded,
    isOverflowing: knowledge.isOverflowing,
    decisions: parts.decisions.total(),
    observed: parts.decisions.observed(),
    opened: parts.decisions.opened,
    staleAllows: parts.staleAllows.total,
    allowEvictions: parts.allows.evictions,
    unverified: parts.vouching.latest,
    waitsFor: parts.readiness.isReady ? undefined : waitsFor(parts).what,
    trouble: troubleOf(follower.trouble),
  }
}

/**
 * The edge's report with this number; it takes the applies and decisions since the last one. Exposures and
 * uses stay until they are acknowledged (`onTold`).
 */
export function reportOf(parts: EdgeParts, n: number, isClosing = false): EdgeReport {
  const { settings, knowledge, follower, readiness } = parts
  const { decisions, denied, observed, opened } = parts.decisions.take()
  const refused = parts.refused.take()
  const observedRoutes = parts.observedRoutes.take()
  return {
    edge: settings.edgeId,
    audience: settings.audience,
    version: EDGE_VERSION,
    atMs: settings.timer.nowMs(),
    state: isClosing ? 'closing' : stateOf(follower, knowledge, readiness.isReady),
    partitions: follower.feeds.map((feed) => ({
      partition: feed.partition,
      ...(feed.e === undefined ? {} : { e: feed.e }),
      applied: feed.next,
      viewAgeMs: feed.viewAgeMs(),
      applies: feed.takeApplies(),
    })),
    decisions,
    ...(denied === undefined ? {} : { denied }),
    unverified: parts.vouching.latest,
    ...(refused.length === 0 ? {} : { refused }),
    ...(Object.keys(observed).length === 0 ? {} : { observed }),
    ...(observedRoutes.length === 0 ? {} : { observedRoutes }),
    ...(opened === 0 ? {} : { opened }),
    start: settings.start,
    n,
    ...(settings.signsAs === undefined ? {} : { client: settings.signsAs.client }),
    ...measuredOf(parts, isClosing || n % USES_REPORTED_EVERY === 0),
  }
}

function measuredOf(
  { brokerTime, staleAllows, uses }: EdgeParts,
  areUsesDue: boolean,
): Pick<EdgeReport, 'clock' | 'allows' | 'exposed' | 'used'> {
  const clock = brokerTime.edgeClock
  const exposed = staleAllows.pending()
  const used = areUsesDue ? uses.pending() : []
  return {
    ...(clock === undefined ? {} : { clock }),
    allows: staleAllows.takeLost(),
    ...(exposed.length === 0 ? {} : { exposed }),
    ...(used.length === 0 ? {} : { used }),
  }
}

/**
 * Handles the acknowledgement of a report: its items are not repeated, and its append time compares the
 * clocks.
 */
export function onAcknowledged(
  { brokerTime, staleAllows, uses }: EdgeParts,
  { exposed = [], used = [] }: EdgeReport,
  { appendedAtMs }: Appended,
  sentMs: number,
): void {
  brokerTime.acknowledged(appendedAtMs, sentMs)
  staleAllows.acknowledged(exposed.length)
  uses.acknowledged(used)
}

function troubleOf(trouble: unknown): EdgeStats['trouble'] {
  if (trouble === undefined) return undefined
  return trouble instanceof FreshetError ? trouble.code : 'invariant.broken'
}
