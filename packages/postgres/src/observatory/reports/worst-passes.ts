import { groupName, passesOf, type Pass } from '@freshet/protocol/slo'
import type { ReceivedReport } from '@freshet/insight'

/** The pass of a group's last edge up to an offset. */
export interface GroupPass extends Pass {
  readonly group: string
  readonly partition: number
  readonly reportedAtMs: number
}

/** The known state of an edge before its report. */
interface PassedBefore {
  readonly applied: ReadonlyMap<number, bigint> | undefined
  readonly isNext: boolean
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * The worst of what edges of the same groups passed: one row for each group, partition and offset. Rows are worsened in
 * place: each of thousands of edges passes the same offsets.
 */
export class WorstPasses {
  /** The passes by group and partition, and then by the last offset that was passed. */
  readonly #worst = new Map<string, Map<bigint, Mutable<GroupPass>>>()

  add({ report, reportedAtMs }: ReceivedReport, { applied, isNext }: PassedBefore): void {
    const group = groupName(report.audience)
    for (const told of report.partitions) {
      const { partition } = told
      const own = this.#of(group, partition)
      const terms = { before: applied?.get(partition), reportedAtMs, isNext }
      for (const pass of passesOf(told, terms)) {
        const known = own.get(pass.upTo)
        if (known === undefined) own.set(pass.upTo, { ...pass, group, partition, reportedAtMs })
        else worsen(known, pass, reportedAtMs)
      }
    }
  }

  get rows(): readonly GroupPass[] {
    return [...this.#worst.values()].flatMap((own) => [...own.values()])
  }

  #of(group: string, partition: number): Map<bigint, Mutable<GroupPass>> {
    const key = `${partition} ${group}`
    const own = this.#worst.get(key) ?? new Map<bigint, Mutable<GroupPass>>()
    this.#worst.set(key, own)
    return own
  }
}

/** Both passed from the first to the last offset, by the later time. */
function worsen(known: Mutable<GroupPass>, pass: Pass, reportedAtMs: number): void {
  if (pass.fromOffset < known.fromOffset) known.fromOffset = pass.fromOffset
  known.appendedAtMs = Math.min(known.appendedAtMs, pass.appendedAtMs)
  known.appliedAtMs = Math.max(known.appliedAtMs, pass.appliedAtMs)
  known.reportedAtMs = Math.max(known.reportedAtMs, reportedAtMs)
  if (known.allowsSinceMs === undefined) return
  if (pass.allowsSinceMs === undefined) delete known.allowsSinceMs
  else known.allowsSinceMs = Math.max(known.allowsSinceMs, pass.allowsSinceMs)
}
