import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { Intake } from '@freshet/intake'
import type { VersionStore } from '@freshet/policy'
import type { LoadedRegistryFile, Logger } from '@freshet/runtime'

const PAUSE_MS = 1_000
/** Who publishes and activates where nobody could yet. */
const BY = 'start'

/** What a first start works with. */
export interface FirstVersionParts {
  readonly own: LoadedRegistryFile
  readonly store: VersionStore
  readonly intake: Pick<Intake, 'activateRegistry'>
  readonly newest: () => Promise<number>
  /** Whether a first version is activated too. */
  readonly activates: boolean
  readonly logger: Logger
}

/**
 * The file of a first start: published where nothing was, and activated where nothing was announced.
 * Later its content does not count: whoever wants another version publishes and activates it. Waits
 * for a broker or a database that is away.
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
      parts.logger.warn({ err: error }, 'the first policy version waits')
    }
    await timer.sleep(PAUSE_MS, signal)
  }
}

async function bring(parts: FirstVersionParts, atMs: number): Promise<void> {
  const { own, store, intake, newest, activates } = parts
  const { document, hash } = own
  const pv = own.registry.version
  const { newest: published, active } = await store.standing(1)
  const isFirst = (await newest()) === 0
  // What is active and not kept may come back under its number alone, and no other text before it.
  const mayKeep = isFirst || active.some((each) => each.hash === hash)
  if (published.length === 0 && mayKeep) await store.publish({ pv, hash, document, by: BY, atMs })
  if (!activates || !isFirst) return
  // Gateways may have started together with other files: the first of them counts.
  if ((await store.find(pv))?.hash !== hash) return
  const order = { pv, minimum: 0, by: BY, reason: 'first start', atMs }
  if ((await store.order(order, 0)) === undefined) return
  await intake.activateRegistry({ pv, hash })
}
