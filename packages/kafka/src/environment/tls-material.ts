import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { FreshetError } from '@freshet/protocol'
import type { KafkaTls } from '../client/settings.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The text, if every certificate in it can be read. @throws `config.invalid` */
export function readCertificates(text: string): string {
  const found = text.match(CERTIFICATE) ?? []
  if (found.length > 0 && found.every(isCertificate)) return text
  throw new FreshetError('config.invalid', 'the file holds no certificate in PEM')
}

/** The text, if it is a private key without a passphrase. @throws `config.invalid` */
export function readPrivateKey(text: string): string {
  try {
    createPrivateKey(text)
    return text
  } catch {
    const message = 'the file holds no private key in PEM without a passphrase'
    // The cause could quote the key.
    throw new FreshetError('config.invalid', message)
  }
}

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

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}
