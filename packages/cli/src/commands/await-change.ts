import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../cli-error.ts'
import type { ChangeAnswer } from '../http/console-answers.ts'
import type { ConsoleClient } from '../http/console-client.ts'
import { edgeCount } from '../output/waterfall.ts'

const ASK_EVERY_MS = 50

/** How far a change can be waited for. */
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
 * published: recorded is its end.
 *
 * @throws `CliError` unreachable when the time is over
 */
export async function awaitChange(
  awaited: Awaited,
  client: Pick<ConsoleClient, 'change'>,
  signal: AbortSignal,
): Promise<ChangeAnswer> {
  const deadlineMs = performance.now() + awaited.timeoutMs
  for (;;) {
    const items = (await client.change(awaited.id))?.items ?? []
    const item = items.find(
      ({ source, tenant }) => source === awaited.source && tenant === awaited.tenant,
    )
    if (item && hasReached(item.state, awaited.state)) return item
    if (performance.now() > deadlineMs) throw late(awaited, item)
    await wait(ASK_EVERY_MS, undefined, { signal }).catch(interrupted)
  }
}

/** Whether a change in that state has come as far as was asked, or to its end. */
export function hasReached(state: ChangeAnswer['state'], awaited: AwaitedState): boolean {
  switch (awaited) {
    case 'recorded':
      return true
    case 'published':
      return state !== 'pending'
    case 'applied':
      return state === 'applied' || state === 'recorded'
  }
}

function interrupted(cause: unknown): never {
  throw new CliError('unreachable', 'The wait was interrupted.', { cause })
}

function late({ id, state, timeoutMs }: Awaited, item: ChangeAnswer | undefined): CliError {
  const { applied, awaited } = item ? edgeCount(item) : { applied: 0, awaited: 0 }
  const known = item ? `it is ${item.state}, edges ${applied}/${awaited}` : 'it is not recorded yet'
  return new CliError('unreachable', `${id} was not ${state} within ${timeoutMs} ms.`, {
    why: known,
    next: `freshet change explain ${id}`,
  })
}
