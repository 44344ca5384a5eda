import type { EdgeReport } from '@freshet/wire'
import fc from 'fast-check'
import { natural, partition, timeMs, word } from './wire-arbitraries.ts'

const apply = fc.record(
  { upTo: natural, appendedAtMs: timeMs, appliedAtMs: timeMs, allowsSinceMs: timeMs },
  { requiredKeys: ['upTo', 'appendedAtMs', 'appliedAtMs'] },
)

/** A time to the microsecond, as an edge reports it. */
const spanMs = fc.integer({ min: 0, max: 3_600_000_000 }).map((us) => us / 1_000)

const exposure = fc.record({
  tenant: word,
  partition,
  offset: natural,
  change: word,
  commitAtMs: timeMs,
  route: word,
  requests: fc.nat(),
  firstAtMs: timeMs,
  lastAtMs: timeMs,
})

const claimUse = fc.record({
  audience: word,
  route: word,
  claim: word,
  decisions: fc.nat(),
  required: fc.nat(),
  needed: fc.nat(),
  carried: fc.nat(),
})

const unverifiedSources = fc.record({
  isOutOfView: fc.boolean(),
  sources: fc.array(
    fc.record(
      { tenant: word, source: word, sinceMs: timeMs },
      { requiredKeys: ['tenant', 'source'] },
    ),
    { maxLength: 3 },
  ),
  more: fc.nat(),
})

/** A report of an edge, as any edge can send it. */
export const report: fc.Arbitrary<EdgeReport> = fc.record(
  {
    edge: word,
    audience: word,
    version: word,
    atMs: timeMs,
    state: fc.constantFrom('starting', 'live', 'lagging', 'unverified', 'closing'),
    partitions: fc.array(
      fc.record(
        {
          partition,
          e: natural,
          applied: natural,
          viewAgeMs: fc.option(fc.nat()),
          applies: fc.array(apply, { maxLength: 3 }),
        },
        { requiredKeys: ['partition', 'applied', 'viewAgeMs', 'applies'] },
      ),
      { maxLength: 3 },
    ),
    decisions: fc.record({ allow: fc.nat(), deny: fc.nat(), challenge: fc.nat() }),
    denied: fc.record({
      stale: fc.nat(),
      unverified: fc.nat(),
      insufficient: fc.nat(),
      other: fc.nat(),
    }),
    unverified: unverifiedSources,
    start: word,
    n: fc.nat(),
    clock: fc.record({ offsetMs: spanMs, errorMs: fc.option(spanMs) }),
    allows: fc.record({ evictions: fc.nat(), dropped: fc.nat() }),
    exposed: fc.array(exposure, { maxLength: 3 }),
    used: fc.array(claimUse, { maxLength: 3 }),
    client: word,
  },
  { requiredKeys: ['edge', 'audience', 'version', 'atMs', 'state', 'partitions', 'decisions'] },
)
