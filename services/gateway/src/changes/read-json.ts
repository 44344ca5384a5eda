import { FreshetError } from '@freshet/protocol'
import { EventError, parseJson } from '@freshet/wire'

/**
 * Reads the bytes of a body.
 *
 * @throws `event.malformed` that is no `EventError`: bytes that are not JSON are 400, not 422
 */
export function readJsonBytes(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    throw new FreshetError('event.malformed', error.message, { cause: error })
  }
}
