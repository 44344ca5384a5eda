import type { TimelineJson } from '@freshet/insight/answers'
import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../../cli-error.ts'
import { EXIT, exitCodeOf } from '../../exit-code.ts'
import type { ConsoleClient } from '../../http/console-client.ts'
import { edgeCount } from '../../output/changes/edge-count.ts'

const ASK_EVERY_MS = 50

/** The state of a change to wait for. */
export type AwaitedState = 'recorded' | 'published' | 'applied'

/** Which change, and until when it is waited for. */
export interface Awaited {
  readonly id: string
  readonly source: string
  readonly tenant: string
  readonly state: AwaitedState
  readonly timeoutMs: number
}

/**
 * Asks the console until the change has come that far. One that takes nothing away is never
 * published: recorded is its end. A console that is away for a moment is asked again: the change
 * stands in the topic already.
 *
 * @throws `CliError` unreachable when the time is over
 */
export async function awaitChange(
  awaited: Awaited,
  client: Pick<ConsoleClient, 'change'>,
  signal: AbortSignal,
): Promise<TimelineJson> {
  const over = AbortSignal.timeout(awaited.timeoutMs)
  const until = AbortSignal.any([signal, over])
  let last: Seen = 'nothing'
  for (;;) {
    const seen = await pollChange(awaited, client, until)
    if (seen !== 'nothing') last = seen
    if (isItem(last) && hasReached(last.state, awaited.state)) return last
    if (signal.aborted) throw new CliError('unreachable', 'The wait was interrupted.')
    if (over.aborted) throw late(awaited, last)
    // An abort ends the pause; the code above reports which abort it was.
    await wait(ASK_EVERY_MS, undefined, { signal: until }).catch(() => {})
  }
}

/** The console's answer about a change; `nothing` while it does not answer. */
type Seen = TimelineJson | 'unrecorded' | 'nothing'

async function pollChange(
  { id, source, tenant }: Awaited,
  client: Pick<ConsoleClient, 'change'>,
  until: AbortSignal,
): Promise<Seen> {
  try {
    const items = (await client.change(id, until))?.items ?? []
    return items.find((item) => item.source === source && item.tenant === tenant) ?? 'unrecorded'
  } catch (error) {
    if (until.aborted || exitCodeOf(error) === EXIT.unreachable) return 'nothing'
    throw error
  }
}

function isItem(seen: Seen): seen is TimelineJson {
  return typeof seen === 'object'
}

/** Returns whether a change in that state has reached the awaited state, or its end. */
export function hasReached(state: TimelineJson['state'], awaited: AwaitedState): boolean {
  switch (awaited) {
    case 'recorded':
      return true
    case 'published':
      return state !== 'pending'
    case 'applied':
      return state === 'applied' || state === 'recorded'
  }
}

function late({ id, state, timeoutMs }: Awaited, last: Seen): CliError {
  return new CliError('unreachable', `${id} was not ${state} within ${timeoutMs} ms.`, {
    why: howFar(last),
    next: `freshet change explain ${id}`,
  })
}

function howFar(last: Seen): string {
  if (last === 'nothing') return 'it is in the topic, but the console does not answer'
  if (last === 'unrecorded') return 'it is not recorded yet'
  const { applied, awaited } = edgeCount(last)
  return `it is ${last.state}, edges ${applied}/${awaited}`
}
