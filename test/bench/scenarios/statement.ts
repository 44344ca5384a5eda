import { DEV_TENANT } from '@freshet/cli/stack'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { openBulk } from '../size/bulk.ts'
import { subjectSql } from '../size/site.ts'
import { measureSnapshot } from '../size/statement.ts'
import { startStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { controlLatencies } from '../stack/control-latencies.ts'
import { letFlow, ORDINARY_PER_S } from '../stack/other-changes.ts'

const CLAIMS = 10_000_000
const QUICK_SCALE = 0.02
/** One of so many claims is missing in the snapshot. */
const MISSING_OF = 1_000
/** A version above that of the snapshot: the snapshot finds these claims stated. */
const LATE = 9_000_000_000_000

/** One claim of each subject, all of HR. A claim with floor 0 is older than the snapshot, so it is missing in it. */
const PLANT = `
  INSERT INTO claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
  SELECT ${subjectSql('member-', 'n')}, 'groups', $2::text, 1 + n % 6, 'hr', 0,
    CASE n % ${MISSING_OF} WHEN 0 THEN 0 ELSE ${LATE} END, '{"\\"staff\\"": ["0", "1", true]}'
  FROM generate_series(1, $1::int) AS n`

/** Claims that the snapshot lacks and that still hold their value. */
const LEFT = {
  name: 'bench-left',
  text: `SELECT count(*)::int AS n FROM claim_state
    WHERE source = 'hr' AND floor_n < ${LATE} AND elements->'"staff"'->>2 = 'true'`,
}

/** The end of a full statement of one source with ten million claims of one tenant. */
export const stating: Scenario = {
  onlyNamed: true,
  metrics: [
    {
      id: 'statement.10m',
      unit: 'ms',
      about: `a snapshot of one source that keeps 10,000,000 claims of one tenant (quick: 200,000) and lacks one of ${MISSING_OF.toLocaleString('en')}, from its begin until it has ended in all partitions, with ${ORDINARY_PER_S.toLocaleString('en')} other changes/s`,
    },
    {
      id: 'statement.10m.control',
      unit: 'ms',
      about:
        'meanwhile: a change of the control partition by the same source, from its intended send to the append of its revocation',
      tail: { p99: { atMost: 1_000 } },
    },
    {
      id: 'statement.10m.control.recorded',
      unit: 'ms',
      about: 'a part of it: append of the change → committed by the reconciler',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['gateway', 'reconciler', 'authority'])
  const { database } = stack
  const claims = Math.round(CLAIMS * (context.quick ? QUICK_SCALE : context.scale))
  context.progress(`planting ${claims} claims`)
  const bulk = await openBulk(context, stack.at.databaseUrl)
  await bulk.fill('claim_state', PLANT, [claims, DEV_TENANT])
  await bulk.run('CHECKPOINT')
  context.progress('stating all of them')
  const others = letFlow(context, stack)
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  const tookMs = await measureSnapshot({ feed, database }, BigInt(Date.now()), () =>
    Promise.resolve(),
  )
  const control = await controlLatencies(stack, await others.stop())
  const { rows } = await database.query<{ n: number }>(LEFT)
  if (rows[0]?.n !== 0)
    throw new Error(`${rows[0]?.n} claims that were not stated are still there.`)
  return {
    'statement.10m': [tookMs],
    'statement.10m.control': [control.whole],
    'statement.10m.control.recorded': [control.recorded],
  }
}
