import { groupName, passesOf, type Pass } from '@freshet/domain/slo'
import type { ReceivedReport } from '@freshet/observatory'

/** How the last edge of a group passed up to an offset. */
export interface GroupPass extends Pass {
  readonly group: string
  readonly partition: number
  readonly reportedAtMs: number
}

/** What was known of an edge before its report. */
interface PassedBefore {
  readonly applied: ReadonlyMap<number, bigint> | undefined
  readonly isNext: boolean
}

/** The worst of what edges of the same groups passed: one row for each group, partition and offset. */
export class WorstPasses {
  readonly #worst = new Map<string, GroupPass>()

  add({ report, reportedAtMs }: ReceivedReport, { applied, isNext }: PassedBefore): void {
    const group = groupName(report.audience)
    for (const { partition, ...told } of report.partitions) {
      const terms = { before: applied?.get(partition), reportedAtMs, isNext }
      for (const pass of passesOf(told, terms))
        this.#take({ ...pass, group, partition, reportedAtMs })
    }
  }

  get rows(): readonly GroupPass[] {
    return [...this.#worst.values()]
  }

  #take(pass: GroupPass): void {
    const key = `${pass.partition} ${pass.upTo} ${pass.group}`
    const known = this.#worst.get(key)
    this.#worst.set(key, known === undefined ? pass : worse(known, pass))
  }
}

/** Both passed from the first to the last offset, by the later time. */
function worse(
  { allowsSinceMs: oneSince, ...one }: GroupPass,
  { allowsSinceMs: otherSince, ...other }: GroupPass,
): GroupPass {
  return {
    ...one,
    fromOffset: one.fromOffset < other.fromOffset ? one.fromOffset : other.fromOffset,
    appendedAtMs: Math.min(one.appendedAtMs, other.appendedAtMs),
    appliedAtMs: Math.max(one.appliedAtMs, other.appliedAtMs),
    reportedAtMs: Math.max(one.reportedAtMs, other.reportedAtMs),
    ...(oneSince === undefined || otherSince === undefined
      ? {}
      : { allowsSinceMs: Math.max(oneSince, otherSince) }),
  }
}
