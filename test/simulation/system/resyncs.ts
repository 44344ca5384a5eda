import type { SourceVersion } from '@freshet/protocol'
import type { Random } from '../random.ts'
import { DIRECTORY } from './deployment.ts'
import type { Source } from './source.ts'
import type { Fact } from './truth.ts'
import { allFacts } from './workload.ts'

const ANSWERS_AFTER_MS = [1_000, 10_000] as const

/** The kinds of a source's snapshots. */
const WAYS = ['whole', 'given up', 'broke off', 'laid off'] as const

/** A source sends a snapshot without a request, while changes flow; and once more after the faults. */
export async function keepResyncing(source: Source): Promise<void> {
  const { world, process, name } = source
  const { resyncEveryMs: meanMs } = world.mix
  // A source of cut-offs has no state to compare.
  if (meanMs === 0 || name === 'security') return
  const random = world.kernel.random(`resyncs ${process.name}`)
  world.kernel.after(world.mix.faultsMs, () => source.stateAll())
  for (;;) {
    await process.wait(random.between(meanMs >> 1, meanMs + (meanMs >> 1)))
    if (world.faults.isOver) return
    const way = random.pick(WAYS)
    if (world.faults.strike(`resync: ${way}`)) await resync(source, way, random)
  }
}

async function resync(source: Source, way: (typeof WAYS)[number], random: Random): Promise<void> {
  const { world, process, speaker, name } = source
  const all = allFacts(world, speaker)
  if (way === 'given up') return void source.stateHalf(all.slice(0, random.below(all.length + 1)))
  // A snapshot of few subjects is never held, nor one that leaves out the same subjects as before.
  const isGuarded = name === DIRECTORY && world.crowd.length > 0 && !source.means
  if (way === 'whole' || !isGuarded) return source.stateAll()
  const version = stateShort(source, way)
  await process.wait(random.between(...ANSWERS_AFTER_MS))
  if (world.faults.isOver) return
  // It can have sent a snapshot meanwhile, because its heartbeats did not count.
  if (way === 'laid off') source.confirm(version)
  else source.stateAll()
}

/** Half of the subjects with tokens, and none of the crowd: an export that is truncated, or looks like it. */
function stateShort(source: Source, way: 'broke off' | 'laid off'): SourceVersion {
  const { world, speaker, unannounced, journal } = source
  const left = new Set([...world.crowd, ...world.cast.subjects.slice(2)])
  const isLeft = (fact: Fact): boolean => 'sub' in fact && left.has(fact.sub)
  if (way === 'laid off') {
    source.means = true
    for (const sub of left)
      for (const claim of speaker.claims)
        unannounced.push({ kind: 'claim', sub, claim, op: 'clear', values: [] })
    source.findUnannounced()
  }
  const facts = allFacts(world, speaker).filter((fact) => !isLeft(fact))
  source.state(facts, { isShort: true })
  const end = journal.entries.at(-1)
  if (end === undefined) throw new Error('A statement has an end.')
  return end.change.sourceVersion
}
