import { FreshetError } from '@freshet/protocol'
import { LeaderUnreachable } from '../errors/leader-unreachable.ts'
import type { BrokerSession, SessionOpener } from './session.ts'

/** One session that several calls use. It is replaced after trouble. */
export interface SharedSession {
  /** Runs one exchange with the broker. If it fails, the next one starts on new connections. */
  use<T>(exchange: (session: BrokerSession) => Promise<T>): Promise<T>
  /** Cuts the connections. Exchanges in flight fail. */
  close(): Promise<void>
}

type Consequence = 'keep' | 'retire'

/**
 * Keeps one session open for short exchanges.
 *
 * A session is retired if its broker stopped answering or its metadata proved old. The next exchange opens
 * another session. Answers to earlier requests on the old one still arrive.
 */
export function sharedSession(open: SessionOpener): SharedSession {
  const sessions = new Set<BrokerSession>()
  let current: BrokerSession | undefined
  let isClosed = false
  const leave = async (session: BrokerSession, how: 'close' | 'retire'): Promise<void> => {
    if (current === session) current = undefined
    await session[how]()
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
        if (consequenceOf(error, session) === 'retire') void leave(session, 'retire')
        throw error
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...sessions].map((session) => leave(session, 'close')))
    },
  }
}

/** Refusals that are no evidence against the connection or its metadata. */
const REFUSALS: readonly unknown[] = [
  'OFFSET_OUT_OF_RANGE',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
]

/**
 * Returns whether the session is kept. A leader that refuses its connection stops its own partitions only, as
 * long as another broker answers.
 */
function consequenceOf(error: unknown, { cluster }: BrokerSession): Consequence {
  if (error instanceof FreshetError) return error.code === 'topic.mismatch' ? 'retire' : 'keep'
  if (error instanceof LeaderUnreachable) return cluster.isConnected() ? 'keep' : 'retire'
  const type = (error as { type?: unknown } | null)?.type
  return REFUSALS.includes(type) ? 'keep' : 'retire'
}
