import type { Database } from '@freshet/postgres'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClient } from '../http/client.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { mintsPerS } from '../stack/mint-load.ts'
import { seedPeople } from '../stack/people.ts'
import { firstToken, formHeaders, tokenUrl } from '../stack/token-requests.ts'

const CONNECTIONS = 32
const MICROSECONDS = 1e6
const POLL_MS = 20

/** Measures the cost that the audit adds to a mint: its entry, and the chain that it is sealed into. */
export const auditing: Scenario = {
  metrics: [
    {
      id: 'audit.mint',
      unit: 'µs',
      about: `time for each mint, ${CONNECTIONS} concurrent requests, while their entries are sealed`,
      against: [{ id: 'floor.audit.mint', atMost: 1.15 }],
    },
    {
      id: 'floor.audit.mint',
      unit: 'µs',
      about: 'the same if the database drops every entry, so that nothing is stored or sealed',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  await seedPeople(new ChangeFeed(stack.kafka.writer(), stack.macKey))
  await firstToken(context, stack)
  const connections = CONNECTIONS
  const headers = formHeaders(stack)
  const client = await startClient(context, { url: tokenUrl(stack), connections, headers })
  const count = context.quick ? 2_500 : 10_000
  const audit = await switchOf(stack.database)
  const perMint = async (isAudited: boolean): Promise<number> => {
    await (isAudited ? audit.keep() : audit.drop())
    return MICROSECONDS / (await mintsPerS(client, stack, count))
  }
  await perMint(true)
  // The order is with, without, without, with: growth and warm-up in between affect both.
  return repeat(context, async () => {
    const first = await perMint(true)
    const without = ((await perMint(false)) + (await perMint(false))) / 2
    return { 'audit.mint': (first + (await perMint(true))) / 2, 'floor.audit.mint': without }
  })
}

/** Switches whether the database keeps entries of the audit. */
interface AuditSwitch {
  keep(): Promise<void>
  /** Resolves when every kept entry is sealed. */
  drop(): Promise<void>
}

async function switchOf(database: Database): Promise<AuditSwitch> {
  const say = async (text: string): Promise<void> => {
    await database.query({ name: '', text })
  }
  await say(`create function bench_drop() returns trigger language plpgsql as
    'begin return null; end'`)
  await say(`create trigger bench_drop before insert on audit_pending
    for each row execute function bench_drop()`)
  return {
    keep: () => say('alter table audit_pending disable trigger bench_drop'),
    async drop() {
      while (await isWaiting(database)) await sleep(POLL_MS)
      await say('alter table audit_pending enable trigger bench_drop')
    },
  }
}

async function isWaiting(database: Database): Promise<boolean> {
  const text = 'select exists (select from audit_pending) as waiting'
  const { rows } = await database.query<{ waiting: boolean }>({ name: 'bench-unsealed', text })
  return rows[0]?.waiting === true
}
