import { EXACT_EDGES_MAX } from '@freshet/protocol/slo'
import type { EdgeApply } from '@freshet/wire'
import { measureTurn, type ReceivedReport, type TurnResult } from '@freshet/insight'
import { acmeRegistry } from '../acme-registry.ts'
import { loggedChange } from './logged-change.ts'
import {
  MEASURED_SLOS,
  SLI_NOW_MS as NOW,
  sliReport,
  type SliUnderTest,
} from '../slis/sli-world.ts'

/** One turn of measuring at a time; all reports until then are read. */
export type TakeTurn = (nowMs: number) => Promise<TurnResult | undefined>

/** Takes turns of measuring. */
export function turnsOf(under: SliUnderTest): TakeTurn {
  return (nowMs) =>
    under.sli.inTurn((tx) =>
      measureTurn(tx, {
        clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
        slos: MEASURED_SLOS,
        registry: acmeRegistry(),
        horizonMs: nowMs,
        after: null,
      }),
    )
}

/** Opens a change whose revocation stands at offset 9, and answers how to take a turn of measuring. */
export async function openChange(under: SliUnderTest): Promise<TakeTurn> {
  const turn = turnsOf(under)
  await turn(NOW)
  const times = { occurredAtMs: NOW - 9, appendedAtMs: NOW, publishedAtMs: NOW + 10 }
  await under.seedChange(loggedChange({ offset: 5n, revocationOffset: 9n, ...times }))
  await under.recordedTo(3, 1n, 6n)
  await turn(NOW + 50)
  return turn
}

/** One more edge than are reported one by one. */
export const names: readonly string[] = Array.from(
  { length: EXACT_EDGES_MAX + 1 },
  (_, n) => `edge-${n}`,
)

type Own = NonNullable<Parameters<typeof sliReport>[1]>

/** A report of an edge with its number. */
export function numbered(
  of: { readonly edge: string; readonly n: number },
  own: Own,
  reportedAtMs: number,
): ReceivedReport {
  return { report: sliReport({ start: 'a', ...of }, own), reportedAtMs }
}

/** `afterMs`: behind its batch. */
export function apply(upTo: bigint, afterMs: number): EdgeApply {
  return { upTo, appendedAtMs: NOW + 10, appliedAtMs: NOW + 10 + afterMs }
}

/** These edges live, and none has passed offset 9. */
export async function manyEdges(
  under: SliUnderTest,
  edges: readonly string[] = names,
): Promise<SliUnderTest> {
  await under.recordedTo(3, 1n, 5n)
  await under.observatory.record(
    edges.map((edge) => numbered({ edge, n: 0 }, { applied: 9n }, NOW - 500)),
  )
  return under
}
