import { FreshetError } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { EdgeParts } from './parts.ts'

/** The reason why an edge is not ready, with the next step, and the error behind it. */
export interface WaitReason {
  readonly what: string
  readonly cause?: unknown
}

/** The first thing that an edge waits for: keys, then the broker, then verified checkpoints, then the claim map. */
export function waitsFor({
  settings,
  keys,
  follower,
  knowledge,
}: Pick<EdgeParts, 'settings' | 'keys' | 'follower' | 'knowledge'>): WaitReason {
  const { feeds, trouble, waiting } = follower
  if (!keys.isLoaded) {
    const { issuer } = settings
    const next = `Check that the authority answers at ${issuer}, and that this version knows its keys.`
    return because(`the keys of ${issuer} are not known`, keys.trouble, next)
  }
  if (trouble !== undefined || waiting.size > 0) {
    const next = 'Check the addresses and the log of the brokers.'
    const some =
      waiting.size > 0 && feeds.length > 0 ? `${partitionsOf([...waiting.keys()])} of ` : ''
    return because(`${some}${REVOCATIONS_TOPIC} cannot be read`, trouble, next)
  }
  const unverified = feeds.filter(({ e }) => e === undefined).map(({ partition }) => partition)
  if (unverified.length > 0)
    return {
      what:
        `no checkpoint is verified in ${partitionsOf(unverified)} of ${REVOCATIONS_TOPIC}. ` +
        'Check that the reconciler runs and that the authority publishes the key of its checkpoints.',
    }
  const behind = feeds.filter(({ caughtUp }) => !caughtUp).map(({ partition }) => partition)
  if (behind.length > 0)
    return {
      what:
        `no heartbeat has come since the start in ${partitionsOf(behind)} of ${REVOCATIONS_TOPIC}, ` +
        'or they are not read to the end. Check that the reconciler runs. A T_max of hours takes some minutes; ' +
        `${REVOCATIONS_TOPIC} has to keep records for T_max and 11 min.`,
    }
  if (knowledge.map === undefined)
    return {
      what: 'the claim map in force is not read. Check that the reconciler runs with a registry.',
    }
  return { what: 'no condition is missing now. Wait longer.' }
}

function because(what: string, cause: unknown, next: string): WaitReason {
  if (!(cause instanceof FreshetError)) return { what: `${what}. ${next}`, cause }
  return { what: `${what} (${cause.code}: ${cause.message.replace(/\.$/, '')}). ${next}`, cause }
}

function partitionsOf(numbers: readonly number[]): string {
  return `partition${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`
}
