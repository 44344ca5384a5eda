import type { Status } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { CliError } from '../../cli-error.ts'
import { fixedPartition, fixedStatus } from '../../../test/fixed-status.ts'
import { awaitVersion } from './registry-publish.ts'

const signal = new AbortController().signal
const at = (...versions: readonly number[]): Status =>
  fixedStatus({
    partitions: versions.map((policyVersion, partition) => ({
      ...fixedPartition,
      partition,
      policyVersion,
    })),
  })

/** A console that gives one answer after the other, and the last one from then on. */
function consoleAnswering(...answers: readonly (Status | Error)[]) {
  let calls = 0
  const status = async (): Promise<Status> => {
    const answer = answers[Math.min(calls, answers.length - 1)]
    calls += 1
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing')
    return answer
  }
  return { status, calls: () => calls }
}

describe('the wait for a policy version', () => {
  it('ends when every partition goes by it, or by a later one', async () => {
    const console = consoleAnswering(at(2, 1, 1), at(2, 2, 1), at(2, 3, 2))
    await awaitVersion({ pv: 2, timeoutMs: 10_000 }, console, signal)
    expect(console.calls()).toBe(3)
  })

  it('goes on over a console that is away for a moment', async () => {
    const away = new CliError('unreachable', 'away')
    await awaitVersion({ pv: 2, timeoutMs: 10_000 }, consoleAnswering(away, at(2, 2)), signal)
  })

  it('names the partitions that wait when its time is over', async () => {
    const waiting = awaitVersion({ pv: 2, timeoutMs: 1 }, consoleAnswering(at(2, 1, 1)), signal)
    await expect(waiting).rejects.toMatchObject({
      kind: 'unreachable',
      why: 'partition 1, 2 waits: see /readyz of the reconcilers',
    })
  })
})
