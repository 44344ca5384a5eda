import type { Heartbeat } from '@freshet/protocol'
import { D_MS } from './mix.ts'
import { FEED_OF, type Row, type SourceName } from './record.ts'
import type { SignedBatch } from './signer.ts'
import { EPOCH_MS, violate, type Token, type World } from './world.ts'

/** Returns the first loss of a scope that is unknown to a token's claims, in ms of virtual time. */
function firstUnseenLoss(world: World, token: Token, scope: string): number | undefined {
  return world.losses.get(scope)?.[token.seen[scope] ?? 0]
}

/** Returns whether no edge is allowed to call this token fresh any more: a loss is older than D. */
export function isLongLost(world: World, token: Token): boolean {
  const before = world.schedule.nowMs - D_MS
  return [token.scope, token.account].some((scope) => {
    const lostAtMs = firstUnseenLoss(world, token, scope)
    return lostAtMs !== undefined && lostAtMs < before
  })
}

/**
 * Checks the view that an adversary could show with one heartbeat alone. The path to its own base must have
 * everything that its `through` covers, for every token still alive, and every denial.
 */
export function checkView(world: World, signed: SignedBatch): void {
  const { heartbeat, partition, e } = signed.checkpoint
  if (heartbeat === undefined) return
  const rows = rowsOnPath(world, signed, heartbeat.base.hash)
  if (rows === undefined) return
  const coveredUntil = (source: SourceName): number => {
    const atMs = statedMs(heartbeat, FEED_OF[source])
    return atMs === null ? -1 : atMs - world.skewMs[source] - EPOCH_MS
  }
  const until = {
    hr: coveredUntil('hr'),
    neighbour: coveredUntil('neighbour'),
    sec: coveredUntil('sec'),
  }
  const report = (scope: string): void =>
    violate(
      world,
      'view',
      `${signed.hash} of ${partition} lacks ${scope} ${JSON.stringify({ e: String(e), base: heartbeat.base.hash, prev: signed.checkpoint.previous, gen: String(signed.checkpoint.generation), until, next: String(heartbeat.next.offset), losses: world.losses.get(scope), tok: world.tokens.filter((t) => t.scope === scope || t.account === scope).map((t) => [String(t.e), t.s, t.c, t.seen, t.expiresAtMs]) })}`,
    )
  for (const token of world.tokens) {
    if (token.expiresAtMs < world.schedule.nowMs || token.e !== e) continue
    const isControl = partition === 0
    if (!isControl && token.partition !== partition) continue
    const scope = isControl ? token.account : token.scope
    const lostAtMs = firstUnseenLoss(world, token, scope)
    const label = isControl ? token.c : token.s
    if (lostAtMs === undefined || lostAtMs > until[isControl ? 'sec' : token.owner]) continue
    if (!rows.some((row) => row.scope === scope && row.e === e && row.offset > label)) report(scope)
  }
  if (partition !== 0) return
  for (const [scope, [deniedAtMs]] of world.losses)
    if (scope.startsWith('deny.') && (deniedAtMs ?? Infinity) <= until.sec)
      if (!rows.some((row) => row.scope === scope)) report(scope)
}

/** Returns the time for a reader that has all lists. The name of a list is the text of its tenants. */
function statedMs(
  { through, groups = [] }: Heartbeat,
  { tenant, source }: { readonly tenant: string; readonly source: string },
): number | null {
  const alone = through.get(tenant)?.get(source)?.atMs ?? null
  const times = groups.flatMap(({ list, sources }) =>
    list.split('|').includes(tenant) ? (sources.get(source) ?? []) : [],
  )
  return times.length === 0 ? alone : Math.max(alone ?? 0, ...times)
}

/** Returns `undefined` if the path does not reach the base: no edge accepts such a heartbeat alone. */
function rowsOnPath(world: World, last: SignedBatch, base: string): readonly Row[] | undefined {
  const rows: Row[] = []
  let at: SignedBatch | undefined = last
  while (at !== undefined && at.hash !== base) {
    for (const entry of at.entries) if (entry.kind === 'row') rows.push(entry.row)
    const { previous }: { previous: string | null } = at.checkpoint
    at = previous === null ? undefined : world.signer.batches.get(previous)
  }
  return at === undefined ? undefined : rows
}
