import { LEASE_MS, PARTITIONS, TOKEN_LIFE_MS } from './mix.ts'
import type { Steps } from './schedule.ts'
import { SCOPES_PER_PARTITION, scopeOf } from './source.ts'
import { realMs, type World } from './world.ts'
import { elementAt } from './element.ts'

/** Mints honest tokens from one snapshot, while the sources' leases are current (rule 4). */
export function* authority(world: World): Steps {
  const { work } = world.random
  for (;;) {
    yield work.between(80, 300)
    const partition = work.pick(PARTITIONS.slice(1))
    const owner = world.mix.neighbour && work.chance(0.5) ? 'neighbour' : 'hr'
    const subject = elementAt(world.db, partition)
    const control = elementAt(world.db, 0)
    const throughs = [subject.feeds[owner], control.feeds[owner], control.feeds.sec].map(
      ({ throughMs }) => throughMs,
    )
    if (throughs.some((at) => at === null || at < realMs(world) - LEASE_MS)) continue
    const scope = scopeOf(owner, partition, work.below(SCOPES_PER_PARTITION))
    const account = `account.0.${work.below(4)}`
    world.tokens.push({
      partition,
      scope,
      owner,
      account,
      e: subject.e,
      s: subject.next,
      c: control.next,
      seen: {
        [scope]: subject.losses.get(scope) ?? 0,
        [account]: control.losses.get(account) ?? 0,
      },
      expiresAtMs: world.schedule.nowMs + TOKEN_LIFE_MS,
    })
    while ((world.tokens[0]?.expiresAtMs ?? Infinity) < world.schedule.nowMs) world.tokens.shift()
  }
}
