import type { Bounds } from '@freshet/protocol'
import { digest, type Entry } from './record.ts'
import { isFaulty, note, type World } from './world.ts'

/** The broker's answer to an edge that reads from a position. */
export interface Answer {
  readonly entries: readonly { readonly offset: number; readonly entry: Entry }[]
  readonly next: number
  readonly isEnd: boolean
  readonly lost: Bounds | null
}

const READ_MAX = 64

export function boundsOf(world: World, partition: number): Bounds {
  const topic = world.revocations[partition]
  return { earliest: BigInt(topic?.earliest ?? 0), end: BigInt(topic?.end ?? 0) }
}

/** Returns the honest answer, or in a malicious mix sometimes a lie, a different one to each edge. */
export function read(world: World, partition: number, from: number): Answer {
  const isLie = isFaulty(world) && world.random.broker.chance(world.mix.lie)
  return isLie ? lie(world, partition, from) : answerOf(world, partition, from)
}

function answerOf(world: World, partition: number, from: number): Answer {
  const bounds = boundsOf(world, partition)
  const isLost = from < bounds.earliest || from > bounds.end
  if (isLost) return { entries: [], next: from, isEnd: false, lost: bounds }
  const entries = []
  for (let at = from; at < bounds.end && entries.length < READ_MAX; at += 1) {
    const entry = world.revocations[partition]?.at(at)
    if (entry !== undefined) entries.push({ offset: at, entry })
  }
  const next = from + entries.length
  return { entries, next, isEnd: BigInt(next) === bounds.end, lost: null }
}

const LIES = ['hide', 'skip', 'replay', 'path', 'forge', 'reorder', 'truncate'] as const

/** Hides, skips, replays, reorders, truncates, forges, or shows one heartbeat's path alone. */
function lie(world: World, partition: number, from: number): Answer {
  const { broker } = world.random
  const kind = broker.pick(LIES)
  note(world, `lie-${kind}`)
  const shown = (entries: readonly Entry[], next = from): Answer => ({
    entries: entries.map((entry) => ({ offset: from, entry })),
    next,
    isEnd: broker.chance(0.3),
    lost: null,
  })
  const { end } = boundsOf(world, partition)
  switch (kind) {
    case 'hide':
      return shown([])
    case 'skip':
      return shown([], Math.min(Number(end), from + broker.between(1, 6)))
    case 'replay':
      return shown(recentOf(world))
    case 'path':
      return shown(pathOf(world, partition), broker.chance(0.5) ? Number(end) : from)
    case 'forge':
      return shown(
        broker.chance(0.5) ? forgedPath(world) : [forged(world), ...recentOf(world).slice(-1)],
      )
    case 'reorder': {
      const answer = answerOf(world, partition, from)
      const entries = answer.entries.map(({ entry }) => entry)
      const at = broker.below(entries.length + 1)
      return shown([...entries.slice(at), ...entries.slice(0, at)], answer.next)
    }
    case 'truncate':
      return { entries: [], next: from, isEnd: false, lost: { earliest: 0n, end: end / 2n } }
  }
}

/** Returns the entries of a batch that was signed recently, in any partition. */
export function recentOf(world: World): readonly Entry[] {
  return recent(world)?.entries ?? []
}

function recent(world: World): (typeof world.signer.order)[number] | undefined {
  const { order } = world.signer
  return order[order.length - 1 - world.random.broker.below(Math.min(order.length, 80))]
}

function pathOf(world: World, partition: number): readonly Entry[] {
  const { order, batches } = world.signer
  const near = order.slice(-60).filter(({ checkpoint }) => checkpoint.partition === partition)
  const pulses = near.filter(({ checkpoint }) => checkpoint.heartbeat !== undefined)
  let at = pulses.length === 0 ? undefined : world.random.broker.pick(pulses)
  const base = at?.checkpoint.heartbeat?.base.hash
  const path: (readonly Entry[])[] = []
  while (at !== undefined && at.hash !== base) {
    path.push(at.entries)
    const { previous }: { previous: string | null } = at.checkpoint
    at = previous === null ? undefined : batches.get(previous)
  }
  return path.toReversed().flat()
}

let forgeries = 0

/** Returns a forged watermark under an unsigned checkpoint, and another checkpoint that names this one. */
function forgedPath(world: World): readonly Entry[] {
  const row = forged(world)
  const like = world.signer.order.at(-1)?.checkpoint
  if (like === undefined) return [row]
  const { e, partition, generation, previous } = like
  const bare = { e, partition, generation }
  const hash = `${row.hash}-end`
  const end = { ...bare, previous, count: 1, recordsHash: digest([row.hash]) }
  const next = { ...bare, previous: hash, count: 0, recordsHash: digest([]) }
  return [
    row,
    { kind: 'checkpoint', hash, checkpoint: end },
    { kind: 'checkpoint', hash: `${hash}-next`, checkpoint: next },
  ]
}

/** Returns a watermark that no publisher wrote: applied once, it would poison its scope for ever. */
function forged(world: World): Entry {
  const scope = `claim.1.${world.random.broker.below(4)}`
  const row = { key: 'forged', scope, e: 1n << 60n, offset: 1e15, isDenial: false }
  forgeries += 1
  return { kind: 'row', row, hash: `forged-${forgeries}` }
}
