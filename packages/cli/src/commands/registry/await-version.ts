import type { Status } from '@freshet/insight/answers'
import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../../cli-error.ts'
import { EXIT, exitCodeOf } from '../../exit-code.ts'
import type { ConsoleClient } from '../../http/console-client.ts'

const ASK_EVERY_MS = 100

/**
 * Asks the console until every partition goes by this policy version, or a later one. A console that
 * is away for a moment is asked again.
 *
 * @throws `CliError` unreachable when the time is over, naming the partitions that wait
 */
export async function awaitVersion(
  { pv, timeoutMs }: { readonly pv: number; readonly timeoutMs: number },
  client: Pick<ConsoleClient, 'status'>,
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.timeout(timeoutMs)
  const until = AbortSignal.any([signal, over])
  let waiting: readonly number[] | undefined
  for (;;) {
    waiting = (await partitionsBehind(pv, client)) ?? waiting
    if (waiting?.length === 0) return
    if (signal.aborted) throw new CliError('unreachable', 'The wait was interrupted.')
    if (over.aborted) throw late(pv, timeoutMs, waiting)
    await wait(ASK_EVERY_MS, undefined, { signal: until }).catch(() => {})
  }
}

/** `undefined` while the console does not answer. */
async function partitionsBehind(
  pv: number,
  client: Pick<ConsoleClient, 'status'>,
): Promise<readonly number[] | undefined> {
  try {
    return behind(pv, await client.status())
  } catch (error) {
    if (exitCodeOf(error) === EXIT.unreachable) return undefined
    throw error
  }
}

function behind(pv: number, { partitions }: Status): readonly number[] {
  return partitions.flatMap(({ partition, policyVersion }) =>
    policyVersion < pv ? [partition] : [],
  )
}

function late(pv: number, ms: number, waiting: readonly number[] | undefined): CliError {
  const message = `Not every partition went by version ${pv} within ${ms} ms.`
  const why =
    waiting === undefined
      ? 'the console does not answer'
      : `partition ${waiting.join(', ')} waits: see /readyz of the reconcilers`
  return new CliError('unreachable', message, { why, next: 'freshet doctor' })
}
