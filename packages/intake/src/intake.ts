import { invariant, type FreshetError, type Registry } from '@freshet/protocol'
import type { ChangeEnvelope, LogWriter, Timer } from '@freshet/wire'
import { acceptChanges, type Acceptance } from './changes/accept-changes.ts'
import { acceptHeartbeat, type SourceHeartbeatRequest } from './heartbeats/accept-heartbeat.ts'
import {
  acceptHeartbeats,
  type SourceHeartbeatsRequest,
  type TenantHeartbeat,
} from './heartbeats/accept-heartbeats.ts'
import { activateRegistry, type PolicyToActivate } from './orders/activate-registry.ts'
import { isDense } from './changes/check-change.ts'
import type { IntakeContext } from './context.ts'
import { FeedTurns } from './stamps/feed-turns.ts'
import { acceptOwnChange, type AcknowledgedChange, type OwnChange } from './orders/own-change.ts'
import { ProducerTurns } from './stamps/producer-turns.ts'
import { SOURCE_LIMITS, SourceBudgets, type SourceLimits } from './sources/source-budgets.ts'
import { beginEpoch } from './sources/source-epoch.ts'
import type { Feed, FeedEpoch, StampStore } from './stamps/stamp-store.ts'
import { runLeftovers, produceLeftovers } from './orders/leftovers.ts'

/** The dependencies and limits of a gateway. */
export interface IntakeOptions {
  /** Each call reads this again: a gateway that follows the active version passes a getter. */
  readonly registry: Registry
  readonly store: StampStore
  readonly writer: LogWriter
  /** The present key for stamps, 32 bytes. The reconcilers have it too. */
  readonly macKey: () => Uint8Array
  readonly timer: Timer
  /** The limits of each source. The default is {@link SOURCE_LIMITS}. */
  readonly limits?: SourceLimits
  /** Receives each error after which the sweeper tries again. */
  readonly report?: (error: FreshetError) => void
}

/** The gateway: the sequencer of the sources that send by HTTP. */
export interface Intake {
  /** The budgets of the sources at this gateway. The HTTP routes charge bodies and questions. */
  readonly budgets: SourceBudgets
  /** See {@link acceptChanges}. */
  acceptChanges(
    signer: string,
    envelopes: readonly ChangeEnvelope[],
  ): Promise<readonly Acceptance[]>
  /** Accepts one change. It throws the errors that {@link Intake.acceptChanges} returns. */
  acceptChange(envelope: ChangeEnvelope, signer: string): Promise<AcknowledgedChange>
  /** See {@link acceptOwnChange}. */
  acceptOwnChange(own: OwnChange): Promise<AcknowledgedChange>
  /** See {@link acceptHeartbeat}. */
  acceptHeartbeat(heartbeat: SourceHeartbeatRequest): Promise<void>
  /** See {@link acceptHeartbeats}. */
  acceptHeartbeats(heartbeats: SourceHeartbeatsRequest): Promise<readonly TenantHeartbeat[]>
  /** See {@link beginEpoch}. */
  beginEpoch(feed: Feed): Promise<FeedEpoch>
  /** See {@link activateRegistry}. */
  activateRegistry(policy: PolicyToActivate): Promise<AcknowledgedChange | undefined>
  /** Returns the next expected sequence, or `undefined` if the gateway numbers the feed. */
  nextSequence(feed: Feed): Promise<bigint | undefined>
  /** Runs one sweep; see {@link produceLeftovers}. */
  produceLeftovers(): Promise<readonly FreshetError[]>
  /** Sweeps until the signal aborts. Rejects on an error that a later sweep cannot resolve. */
  run(signal: AbortSignal): Promise<void>
}

/** Creates the gateway's use case. Several gateways can share a store. */
export function createIntake(options: IntakeOptions): Intake {
  const { store, writer, macKey, timer } = options
  const budgets = new SourceBudgets(options.limits ?? SOURCE_LIMITS, timer)
  const turns = { turns: new ProducerTurns(), feedTurns: new FeedTurns() }
  const context: IntakeContext = {
    get registry() {
      return options.registry
    },
    store,
    writer,
    macKey,
    clock: timer,
    budgets,
    ...turns,
  }
  const report = options.report ?? (() => {})
  return {
    budgets,
    acceptChanges: (signer, envelopes) => acceptChanges(context, signer, envelopes),
    acceptChange: (envelope, signer) => acceptOne(context, envelope, signer),
    acceptOwnChange: (own) => acceptOwnChange(context, own),
    acceptHeartbeat: (heartbeat) => acceptHeartbeat(context, heartbeat),
    acceptHeartbeats: (heartbeats) => acceptHeartbeats(context, heartbeats),
    beginEpoch: (feed) => beginEpoch(context, feed),
    activateRegistry: (policy) => activateRegistry(context, policy),
    nextSequence: async (feed) =>
      isDense(context.registry, feed.source) ? (await store.status(feed, 0)).next : undefined,
    produceLeftovers: () => produceLeftovers(context),
    run: (signal) => runLeftovers(context, { timer, signal, report }),
  }
}

async function acceptOne(
  context: IntakeContext,
  envelope: ChangeEnvelope,
  signer: string,
): Promise<AcknowledgedChange> {
  const [answer] = await acceptChanges(context, signer, [envelope])
  invariant(answer !== undefined, 'A change was not answered.')
  if (!answer.ok) throw answer.error
  return answer
}
