import { createSecureContext } from 'node:tls'
import { FreshetError } from '@freshet/protocol'
import type { KafkaTls } from '../client/settings.ts'

/**
 * Follows files that are replaced one after the other: while certificate and key do not belong together,
 * the last pair that did stays in use.
 *
 * @throws `config.invalid` where the first pair does not belong together
 */
export function usablePair(read: () => KafkaTls): () => KafkaTls {
  let usable = read()
  if (!isUsable(usable)) {
    const message = 'KAFKA_TLS_KEY_FILE is not the key of the certificate in KAFKA_TLS_CERT_FILE'
    throw new FreshetError('config.invalid', message)
  }
  return () => {
    const now = read()
    const isSame = now.ca === usable.ca && now.cert === usable.cert && now.key === usable.key
    if (!isSame && isUsable(now)) usable = now
    return usable
  }
}

function isUsable({ ca, cert, key }: KafkaTls): boolean {
  try {
    createSecureContext({ ca, cert, key })
    return true
  } catch {
    return false
  }
}
