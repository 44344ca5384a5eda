import type { ServiceLevel } from '@freshet/protocol'
import { P99_EVENTS_MIN } from '@freshet/protocol/slo'
import { counts } from '../edges/edge-status.ts'
import { measured, named, unmeasured, type Figure } from './figure.ts'
import type { Measurements, ChangeReach } from './measurements.ts'

/** Measures whether recent removals reached every edge in time. */
export function revocationsReach(measurements: Measurements): Figure {
  return reach(measurements, measurements.revocations, 'no claim was removed lately')
}

/** Measures whether recent cut-offs reached every edge in time. */
export function cutOffsReach(measurements: Measurements): Figure {
  return reach(measurements, measurements.cutOffs, 'nothing was cut off lately')
}

const FROM_APPEND = 'from append to the last edge'

interface Judged extends ChangeReach {
  readonly level: ServiceLevel
  readonly isLate: boolean
}

function reach(
  { registry, atMs, edges = [] }: Measurements,
  changes: readonly ChangeReach[] | undefined,
  none: string,
): Figure {
  const levels = registry?.slo ?? new Map<string, ServiceLevel>()
  const limit = registry === undefined ? 'the objective of its SLO class' : limitText(levels)
  const scale = { unit: `ms, p99 ${FROM_APPEND}`, limit }
  if (changes === undefined) return unmeasured(scale, 'changes were not read')
  if (!edges.some(({ standing }) => counts(standing)))
    return unmeasured(scale, 'no edge is connected')
  const judged = changes.flatMap((change) => judge(change, levels, atMs))
  if (judged.length === 0) return unmeasured(scale, none)
  const late = judged.filter(({ isLate }) => isLate)
  const isWithin = judged.every(({ level }) =>
    meets(
      judged.filter((each) => each.level === level),
      level,
    ),
  )
  const last = judged.reduce((a, b) => (a.appendedAtMs >= b.appendedAtMs ? a : b))
  const detail = `${judged.length - late.length} of ${judged.length} changes were in time, the last ${last.id}`
  const times = judged.map(({ completeMs, appendedAtMs }) => completeMs ?? atMs - appendedAtMs)
  const names = late.length === 0 ? '' : `; late: ${named(late.map(({ id }) => id))}`
  return measured(
    times.length < P99_EVENTS_MIN ? { ...scale, unit: `ms, slowest ${FROM_APPEND}` } : scale,
    p99(times),
    isWithin,
    detail + names,
  )
}

/** A change that is under way and in time has no result yet. One without a class has to be the fastest. */
function judge(
  change: ChangeReach,
  levels: ReadonlyMap<string, ServiceLevel>,
  atMs: number,
): readonly Judged[] {
  const level = levels.get(change.class ?? '') ?? strictest(levels)
  if (level === undefined) return []
  const isOnItsWay = change.completeMs === null
  const takenMs = change.completeMs ?? atMs - change.appendedAtMs
  const isLate = takenMs > level.withinMs
  return isOnItsWay && !isLate ? [] : [{ ...change, level, isLate }]
}

function strictest(levels: ReadonlyMap<string, ServiceLevel>): ServiceLevel | undefined {
  return [...levels.values()].toSorted((a, b) => a.withinMs - b.withinMs)[0]
}

function meets(changes: readonly Judged[], { objective }: ServiceLevel): boolean {
  const inTime = changes.filter(({ isLate }) => !isLate).length
  return inTime / changes.length >= objective
}

function limitText(levels: ReadonlyMap<string, ServiceLevel>): string {
  const texts = [...levels].map(
    ([name, { objective, withinMs }]) =>
      `${name}: ${Number((objective * 100).toFixed(4))}% within ${withinMs / 1_000} s`,
  )
  return texts.length === 0 ? 'the registry sets none' : texts.join(', ')
}

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
}
