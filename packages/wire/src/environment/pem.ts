import { createPrivateKey, X509Certificate } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'

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

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}
