import type { Queryable } from '@freshet/postgres'
import type { LoggedChange } from '@freshet/insight'
import { loggedChange } from '@freshet/testkit'
import { seedChange } from '../setup/seed-change.ts'
import { ProbeReport } from '../../services/console/src/probe/probe-report.ts'

const CHANGES = 160
const EVERY_MS = 500_000
const ABOUT_MS = 900

/**
 * Seeds changes of the last day that are complete: most are fast, some are behind a slow edge, and one was
 * never applied.
 */
export async function seedLatency(db: Queryable, nowMs: number): Promise<void> {
  for (let n = 1; n <= CHANGES; n += 1) {
    const appendedAtMs = nowMs - 4_000_000 - n * EVERY_MS
    const wobble = (n * 7_919) % 97
    const isSlow = n % 23 === 0
    const times = {
      occurredAtMs: appendedAtMs - 12 - wobble * (n % 31 === 0 ? 40 : 1),
      appendedAtMs,
      receivedAtMs: appendedAtMs + 3 + (wobble % 5),
      appliedAtMs: appendedAtMs + 9 + (wobble % 11),
      publishedAtMs: appendedAtMs + 22 + (wobble % 17),
    }
    const completeMs = n === CHANGES ? null : 48 + wobble + (isSlow ? ABOUT_MS + wobble * 20 : 0)
    const row = loggedChange({
      id: `hr-past-${n}`,
      subject: null,
      offset: BigInt(n % 39),
      revocationOffset: 1n,
      ...times,
    })
    await seedChange(db, row)
    await seedSample(db, row, completeMs)
  }
}

type Sampled = Pick<
  LoggedChange,
  'id' | 'tenant' | 'source' | 'partition' | 'class' | 'appendedAtMs'
>

/** Seeds a measured change, shortly after its append. */
export async function seedSample(
  db: Queryable,
  { tenant, source, id, partition, class: named, appendedAtMs }: Sampled,
  completeMs: number | null,
): Promise<void> {
  const text = `INSERT INTO change_sample (tenant, source, id, partition, origin, class, appended_at_ms,
      closed_at_ms, complete_ms, edges, slowest, missing)
    VALUES ($1, $2, $3, $4, 'live', $5, $6, $7, $8, 3, $9, $10)`
  const slow = completeMs === null ? [null, ['payments-eu-3']] : ['payments-eu-2', []]
  const times = [appendedAtMs, appendedAtMs + 1_250, completeMs]
  await db.query({ name: '', text }, [tenant, source, id, partition, named, ...times, ...slow])
}

/** Returns probes of the last minutes: one path works except once, and the other is broken. */
export function seedProbes(nowMs: number): ProbeReport {
  const report = new ProbeReport()
  const lost = { step: 'denied', at: 'payments-eu-2', why: 'not within 7000 ms' } as const
  for (let n = 40; n >= 0; n -= 1) {
    const atMs = nowMs - 4_000 - n * 10_000
    const run = { change: 'hr-000000000042', marks: [] }
    const tookMs = n === 17 ? null : 60 + ((n * 31) % 50)
    report.record('probe', atMs, { ...run, tookMs, broken: tookMs === null ? lost : null })
    report.record(
      'probe-kill',
      atMs,
      n > 0 ? { ...run, tookMs: 45, broken: null } : { ...run, tookMs: null, broken: lost },
    )
  }
  return report
}
