import { FreshetError } from '@freshet/domain'
import type { Session, SessionOpener } from './session.ts'

/** One session that several calls use, replaced after trouble. */
export interface SharedSession {
  /** Runs one exchange with the broker. When it fails, the next one starts on new connections. */
  use<T>(exchange: (session: Session) => Promise<T>): Promise<T>
  /** Cuts the connections; exchanges under way fail. */
  close(): Promise<void>
}

type Consequence = 'keep' | 'retire' | 'cut'

/**
 * Keeps one session open for short exchanges.
 *
 * A broker that stopped answering would be asked over the same dead connection again, so that
 * session is cut. One whose metadata proved old is retired: what others wait for on it still
 * arrives.
 */
export function sharedSession(open: SessionOpener): SharedSession {
  const sessions = new Set<Session>()
  let current: Session | undefined
  let isClosed = false
  const leave = async (session: Session, how: Consequence): Promise<void> => {
    if (current === session) current = undefined
    await (how === 'cut' ? session.close() : session.retire())
    sessions.delete(session)
  }
  return {
    async use(exchange) {
      if (isClosed) throw new FreshetError('broker.unavailable', 'The Kafka client is closed.')
      const session = (current ??= open())
      sessions.add(session)
      try {
        return await exchange(session)
      } catch (error) {
        const how = consequenceOf(error)
        if (how !== 'keep') void leave(session, how)
        throw error
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...sessions].map((session) => leave(session, 'cut')))
    },
  }
}

/** The broker answered and refused: that says nothing against the connection or its metadata. */
const REFUSALS: readonly unknown[] = [
  'OFFSET_OUT_OF_RANGE',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
]

function consequenceOf(error: unknown): Consequence {
  if (error instanceof FreshetError) return error.code === 'topic.mismatch' ? 'retire' : 'keep'
  const type = (error as { type?: unknown } | null)?.type
  if (type === undefined) return 'cut'
  return REFUSALS.includes(type) ? 'keep' : 'retire'
}
