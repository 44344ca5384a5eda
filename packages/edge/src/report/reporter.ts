import {
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  encodeEdgeReport,
  signEdgeReport,
  type Appended,
  type EdgeReport,
  type LogWriter,
  type SigningKey,
  type Timer,
} from '@freshet/wire'

/** The time that the last report has at close. */
const LAST_REPORT_MS = 1_000

/** A report was acknowledged; it had been sent at this monotonic time. */
export type OnAcknowledged = (report: EdgeReport, appended: Appended, sentMs: number) => void

/** The parts of a reporter. */
export interface ReporterParts {
  readonly writer: LogWriter
  readonly edge: string
  readonly timer: Timer
  /** Absent: reports are not signed. */
  readonly key: SigningKey | undefined
}

/**
 * Reports the applied offsets of this edge. One report is under way at a time: a slow broker makes reports
 * rarer and never the edge slower.
 */
export class Reporter {
  readonly #writer: LogWriter
  readonly #partition: number
  readonly #timer: Timer
  readonly #key: SigningKey | undefined
  readonly #onAcknowledged: OnAcknowledged
  #underWay: Promise<void> | undefined

  constructor({ writer, edge, timer, key }: ReporterParts, onAcknowledged: OnAcknowledged) {
    this.#writer = writer
    this.#timer = timer
    this.#key = key
    this.#onAcknowledged = onAcknowledged
    this.#partition = edgeReportPartition(edge)
  }

  /** Sends the report that `make` builds. If a report is still under way, it takes and sends nothing. */
  send(make: () => EdgeReport): void {
    if (this.#underWay === undefined) void this.#start(make())
  }

  /** The last report, if it can be sent within a second. */
  async close(make: () => EdgeReport): Promise<void> {
    const done = new AbortController()
    const deadline = this.#timer.sleep(LAST_REPORT_MS, done.signal)
    const last = async (): Promise<void> => {
      await this.#underWay
      await this.#start(make())
    }
    await Promise.race([last(), deadline])
    done.abort()
  }

  /**
   * A report that fails is lost: the next one shows the state of the edge then. Items that must not be lost
   * are repeated until `onTold` acknowledges them.
   */
  #start(report: EdgeReport): Promise<void> {
    const unsigned = encodeEdgeReport(report)
    const record = this.#key === undefined ? unsigned : signEdgeReport(unsigned, this.#key)
    const sentMs = this.#timer.monotonicMs()
    this.#underWay = this.#writer
      .append(EDGE_REPORTS_TOPIC, this.#partition, [record])
      .then(
        (appended) => this.#onAcknowledged(report, appended, sentMs),
        () => undefined,
      )
      .finally(() => {
        this.#underWay = undefined
      })
    return this.#underWay
  }
}
