import { setTimeout as sleep } from 'node:timers/promises'
import { CONTROL_PARTITION, PARTITIONS } from '@freshet/protocol'
import type { Database } from '@freshet/postgres'
import type { BenchContext, Metric, Readings, Reading, Scenario } from '../scenario.ts'
import { numberText } from '../report/number-text.ts'
import { middleOf } from '../report/result.ts'
import { EMPTY, LOADS, type Load, type Measured } from '../size/loads.ts'
import {
  measureHolders,
  measureIdleMarking,
  measureRemovals,
  measureSize,
  measureTurns,
} from '../size/measure-load.ts'
import { openSite, type Site } from '../size/site.ts'
import { measureStatement } from '../size/statement.ts'

/** The largest ratio of a removal under a load to one on an empty database. */
const TIMES_EMPTY = 2
/**
 * The parts that are measured for every load, and for the empty database before each of them, because a
 * machine sometimes has other work.
 */
const SHORT: readonly Part[] = ['removal', 'turn', 'marking']
const POLL_MS = 50
const STANDS_WITHIN_MS = 300_000

type Part = 'removal' | 'turn' | 'marking' | Measured

const ABOUT: Readonly<Record<Part, string>> = {
  removal: 'intended append of a removal → applied at an edge, which refuses from then on; 20/s',
  turn: 'the reads of one turn of the publishers of all partitions',
  marking: 'a marking step without tokens to mark',
  root: 'the stored heads of all partitions are lost: until the last new root is stored',
  statement: 'a snapshot of a source, from its begin until it has ended in all partitions',
  holders: 'the first thousand holders of a value that every token carries; ended after 5 s',
}

/** Measures a company of a million people, and the data that its busy days leave in the database. */
export const sizing: Scenario = {
  onlyNamed: true,
  metrics: [EMPTY, ...LOADS].flatMap(metricsOf),
  run,
}

function partsOf({ measures }: Load): readonly Part[] {
  return [...SHORT, ...measures]
}

function metricsOf(load: Load): readonly Metric[] {
  const isEmpty = load === EMPTY
  const sized = isEmpty ? LOADS : [load]
  const parts = partsOf(load).map((part): Metric => {
    const about = `${ABOUT[part]}; with ${load.about}`
    return { id: `size.${load.id}.${part}`, unit: 'ms', about, ...(isEmpty ? {} : beside(part)) }
  })
  return [...parts, ...sized.flatMap((of) => sizeMetrics(load, of))]
}

/** Compares with the same part on an empty database. */
function beside(part: Part): Pick<Metric, 'against'> {
  const id = `size.${EMPTY.id}.${part}`
  if (part !== 'removal') return { against: [{ id }] }
  const atMost = TIMES_EMPTY
  return {
    against: [
      { id, atMost },
      { id, of: 'p99', atMost },
    ],
  }
}

function sizeMetrics(load: Load, { id, table }: Load): readonly Metric[] {
  if (table === undefined) return []
  const prefix = sizePrefix(load, id)
  const about = `of \`${table}\`; with ${load.about}`
  return [
    { id: `${prefix}.table`, unit: 'MiB', about: `rows ${about}` },
    { id: `${prefix}.indexes`, unit: 'MiB', about: `indexes ${about}` },
  ]
}

function sizePrefix(load: Load, id: string): string {
  return load === EMPTY ? `size.${EMPTY.id}.${id}` : `size.${id}`
}

async function run(context: BenchContext): Promise<Readings> {
  const site = await openSite(context)
  const readings: Record<string, Reading[]> = {}
  context.progress('warming up')
  await measureRemovals(site)
  const note = (found: readonly (readonly [string, Reading])[]): void => {
    for (const [id, reading] of found) (readings[id] ??= []).push(reading)
  }
  note(await measure(site, EMPTY, partsOf(EMPTY)))
  note(await measureSizes(site, EMPTY))
  for (const load of LOADS) {
    context.progress(`empty, before ${load.id}`)
    note(await measure(site, EMPTY, SHORT))
    context.progress(`load ${load.id}`)
    const remove = await load.put(site)
    await site.bulk.run('CHECKPOINT')
    note(await measure(site, load, partsOf(load)))
    note(await measureSizes(site, load))
    await remove()
  }
  return readings
}

async function measure(
  site: Site,
  load: Load,
  parts: readonly Part[],
): Promise<readonly (readonly [string, Reading])[]> {
  const { context, database } = site
  const measures: Readonly<Record<Part, () => Promise<Reading>>> = {
    removal: () => measureRemovals(site, load.changeOf),
    turn: () => measureTurns(site),
    marking: () => measureIdleMarking(site),
    root: async () => (await loseHeads(context, database)).all,
    statement: () => measureStatement(site),
    holders: () => measureHolders(site),
  }
  const found: (readonly [string, Reading])[] = []
  for (const part of parts) {
    const reading = await measures[part]()
    context.progress(`size.${load.id}.${part} ${textOf(reading)}`)
    found.push([`size.${load.id}.${part}`, reading])
  }
  return found
}

function textOf(reading: Reading): string {
  const tail = typeof reading === 'number' ? '' : `, p99 ${numberText(reading.p99)}`
  return `${numberText(middleOf(reading))}${tail} ms`
}

async function measureSizes(
  site: Site,
  load: Load,
): Promise<readonly (readonly [string, Reading])[]> {
  const found: (readonly [string, Reading])[] = []
  for (const { id, table } of load === EMPTY ? LOADS : [load]) {
    if (table === undefined) continue
    const size = await measureSize(site, table)
    const prefix = sizePrefix(load, id)
    found.push([`${prefix}.table`, size.table], [`${prefix}.indexes`, size.indexes])
  }
  return found
}

/** The time that the publishers needed for new roots, in milliseconds. */
interface NewRoots {
  readonly all: number
  readonly control: number
}

/**
 * Deletes the stored heads of all partitions, and waits until a new root of each is stored.
 *
 * @throws Error if one is missing after five minutes
 */
async function loseHeads(context: BenchContext, database: Database): Promise<NewRoots> {
  const before = await basesOf(database)
  const startMs = performance.now()
  await database.query({ name: '', text: `UPDATE publisher SET head_hash = 'lost'` })
  const standsMs = new Map<number, number>()
  while (standsMs.size < PARTITIONS.length) {
    const nowMs = performance.now() - startMs
    if (nowMs > STANDS_WITHIN_MS)
      throw new Error(`${standsMs.size} roots stand after five minutes.`)
    for (const [partition, base] of await basesOf(database))
      if (base !== before.get(partition) && !standsMs.has(partition)) {
        standsMs.set(partition, nowMs)
        context.progress(`root of partition ${partition} stands after ${Math.round(nowMs)} ms`)
      }
    await sleep(POLL_MS)
  }
  const control = standsMs.get(CONTROL_PARTITION) ?? Number.NaN
  return { all: Math.max(...standsMs.values()), control }
}

async function basesOf(database: Database): Promise<ReadonlyMap<number, string | null>> {
  const text = 'SELECT partition, base_hash FROM publisher'
  const { rows } = await database.query<{ partition: number; base_hash: string | null }>({
    name: 'bench-bases',
    text,
  })
  return new Map(rows.map(({ partition, base_hash: base }) => [partition, base]))
}
