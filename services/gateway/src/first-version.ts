import { dispositionOf } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { Intake } from '@freshet/intake'
import type { VersionStore } from '@freshet/registry'
import type { LoadedRegistryFile, Logger } from '@freshet/runtime'

const PAUSE_MS = 1_000
/** The author of a version that no admin could publish yet. */
const BY = 'start'

/** The parts that a first start works with. */
export interface FirstVersionParts {
  readonly own: LoadedRegistryFile
  readonly store: VersionStore
  readonly intake: Pick<Intake, 'activateRegistry'>
  readonly newest: () => Promise<number>
  /** True if a first version is activated, too. */
  readonly activates: boolean
  readonly logger: Logger
}

/**
 * The file of a first start: it is published if no version was, and activated if none was announced. Later
 * its content does not count: an admin publishes and activates another version. Waits for a broker or a
 * database that is away.
 */
export async function bringFirstVersion(
  parts: FirstVersionParts,
  timer: Timer,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await bring(parts, timer.nowMs())
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      parts.logger.warn({ err: error }, 'publishing the first policy version failed, will retry')
    }
    await timer.sleep(PAUSE_MS, signal)
  }
}

async function bring(parts: FirstVersionParts, atMs: number): Promise<void> {
  const { own, store, intake, newest, activates } = parts
  const { document, hash } = own
  const pv = own.registry.version
  const { newest: published, active } = await store.status(1)
  const isFirst = (await newest()) === 0
  // A version that is active and not kept can come back only under its number, and no other text before it.
  const mayKeep = isFirst || active.some((each) => each.hash === hash)
  if (published.length === 0 && mayKeep) await store.publish({ pv, hash, document, by: BY, atMs })
  if (!activates || !isFirst) return
  // Gateways may have started together with other files: the first of them counts.
  if ((await store.find(pv))?.hash !== hash) return
  const order = { pv, minimum: 0, by: BY, reason: 'first start', atMs }
  if ((await store.order(order, 0)) === undefined) return
  await intake.activateRegistry({ pv, hash })
}
