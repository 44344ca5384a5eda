import type { ReplayAnswer } from '@freshet/insight/answers'
import { setTimeout as wait } from 'node:timers/promises'
import type { ConsoleClient } from '../../http/console-client.ts'

/** Records that one page of the list holds. */
const PAGE = 200

/** Which records are replayed, how many and how fast. */
export interface ReplayRun {
  /** These alone; empty: those that the filter means. */
  readonly ids: readonly string[]
  readonly filter: Readonly<Record<string, string>>
  readonly max: number
  /** A second. */
  readonly rate: number
}

/** The parts that a run works with. */
export interface ReplayRunParts {
  readonly list: ConsoleClient['quarantined']
  readonly replay: (id: string) => Promise<ReplayAnswer>
  /** Called with each record as soon as it is finished. */
  readonly onResult: (answer: ReplayAnswer) => void
  readonly signal: AbortSignal
}

/**
 * Replays quarantined records one after the other, oldest first, up to the given number and rate. The
 * progress is stored with each record, so the user can repeat an interrupted run.
 *
 * Resolves with how many were done, and whether more are waiting beyond `max`.
 */
export async function replayQuarantined(
  run: ReplayRun,
  parts: ReplayRunParts,
): Promise<{ readonly done: number; readonly isMore: boolean }> {
  const everyMs = 1_000 / run.rate
  let done = 0
  for await (const id of idsOf(run, parts)) {
    if (parts.signal.aborted) break
    if (done === run.max) return { done, isMore: true }
    const [answer] = await Promise.all([
      parts.replay(id),
      wait(done === 0 ? 0 : everyMs, undefined, { signal: parts.signal }).catch(() => {}),
    ])
    done += 1
    parts.onResult(answer)
  }
  return { done, isMore: false }
}

async function* idsOf(run: ReplayRun, { list }: ReplayRunParts): AsyncGenerator<string> {
  if (run.ids.length > 0) return yield* run.ids
  let after: string | null = null
  do {
    const limit = String(Math.min(PAGE, run.max + 1))
    const page: Awaited<ReturnType<typeof list>> = await list({
      ...run.filter,
      limit,
      ...(after === null ? {} : { after }),
    })
    yield* page.items.map(({ id }) => id)
    after = page.next
  } while (after !== null)
}
