import type { LoadedRegistry } from '@freshet/authority'
import type { Rest } from '@freshet/reconciler'
import type { Timer } from '@freshet/wire'
import type { Slo } from '@freshet/protocol/slo'
import {
  measureTurn,
  type Observatory,
  type OpenPlace,
  type PipelineView,
  type SliStore,
  type TurnResult,
} from '@freshet/insight'

/** A change is measured within two of these and the edge's next report. */
const EVERY_MS = 250
/** Nothing is open, and nothing came. The rest goes on until a change is recorded, or until a quiet rest is over. */
const QUIET_EVERY_MS = 1_000
/** The interval if edges are reported in groups: all of them report within it. */
const GROUPED_EVERY_MS = 1_000
/** While there is more to be read. */
const BREATH_MS = 10

/** The parts that measuring needs. */
export interface MeasuringParts {
  readonly slis: Pick<SliStore, 'inTurn'>
  readonly slos: readonly Slo[]
  readonly observatory: Pick<Observatory, 'reportsUntilMs'>
  readonly loaded: () => LoadedRegistry
  readonly timer: Timer
  /** Rests while nothing is recorded. The changes of probes, which are not noted, are then measured seconds later. */
  readonly rest: Rest
  /** Called with the results of a turn, once they are stored. */
  readonly onMeasured: (result: TurnResult) => void
  readonly onTrouble: (error: unknown) => void
}

/** Measures the service levels until the signal aborts; of several consoles one does at a time. */
export async function keepMeasuring(parts: MeasuringParts, signal: AbortSignal): Promise<void> {
  const { timer, onMeasured, onTrouble } = parts
  let after: OpenPlace | null = null
  while (!signal.aborted) {
    const result: TurnResult | undefined = await oneTurn(parts, after).catch((error: unknown) => {
      onTrouble(error)
      return undefined
    })
    if (result !== undefined) {
      after = result.after
      onMeasured(result)
    }
    const isMore = result?.isMore === true || result?.after != null
    if (!isMore && result?.isQuiet === true) await parts.rest(QUIET_EVERY_MS, signal)
    else await timer.sleep(isMore ? BREATH_MS : restMs(result), signal)
  }
}

function restMs(result: TurnResult | undefined): number {
  return result?.isGrouped === true ? GROUPED_EVERY_MS : EVERY_MS
}

function oneTurn(
  { slis, slos, observatory, loaded, timer: clock }: MeasuringParts,
  after: OpenPlace | null,
): Promise<TurnResult | undefined> {
  const { registry } = loaded()
  const horizonMs = observatory.reportsUntilMs()
  return slis.inTurn((turn) => measureTurn(turn, { clock, slos, registry, horizonMs, after }))
}

/** Returns a function that takes the pipeline of each look, and calls `note` if another change was recorded last. */
export function onceRecorded(note: () => void): (pipeline: Pick<PipelineView, 'latest'>) => void {
  let last: string | undefined
  return ({ latest }) => {
    const { partition, e, offset } = latest ?? {}
    const mark = [partition, e, offset].join('/')
    if (last !== undefined && last !== mark) note()
    last = mark
  }
}
