import type { ClientAttempts } from '@freshet/authority'
import { peerOf, type Attempts } from '@freshet/runtime'
import type { Context } from 'hono'

/** Counts the wrong credentials of clients, for the place that a request came from. */
export function attemptsFrom(c: Context, attempts: Attempts): ClientAttempts {
  const peer = peerOf(c)
  return {
    admit: (claimed) => attempts.admit({ ...peer, ...claimed }),
    count: (claimed, isRight) => attempts.count({ ...peer, ...claimed }, isRight),
  }
}
