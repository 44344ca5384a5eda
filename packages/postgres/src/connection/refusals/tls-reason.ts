import { certificateNames, tlsFaults } from '@freshet/protocol/network'

/** The reasons for which TLS fails, each with the next step, by the code of Node.js. */
const REASONS: Readonly<Record<string, string>> = {
  ...tlsFaults({
    peer: 'server',
    ca: 'Set sslrootcert in DATABASE_URL to the CA that signed the certificate of the server',
    client:
      'Check sslcert in DATABASE_URL: its dates, and whether the server trusts its CA (ssl_ca_file)',
    noClient: 'Set sslcert and sslkey in DATABASE_URL',
    name: 'Use a host of the certificate in DATABASE_URL',
  }),
  ERR_SSL_WRONG_VERSION_NUMBER: 'its port does not use TLS. Compare the port with the server',
}

/** The driver reports these facts by text alone. */
const WITHOUT_TLS = 'The server does not support SSL connections'
const ENDED_EARLY = /before secure TLS connection was established/

/** Versions of OpenSSL name the same alert differently. */
const NEW_ALERT = 'ERR_SSL_SSL/TLS_ALERT_'
const OLD_ALERT = 'ERR_SSL_SSLV3_ALERT_'

/** Returns the reason why a connection failed if TLS is the cause, otherwise `undefined`. */
export function databaseTlsReason(error: unknown): string | undefined {
  const { code: given, message } = Object(error) as Readonly<Record<string, unknown>>
  const code = typeof given === 'string' ? given.replace(NEW_ALERT, OLD_ALERT) : undefined
  const text = typeof message === 'string' ? message : ''
  if (text === WITHOUT_TLS) {
    return 'the server offers no TLS. Set ssl = on in its configuration, or use the address that has TLS'
  }
  if (ENDED_EARLY.test(text)) {
    return 'it ended the connection during the handshake. Compare the port with that of the server'
  }
  if (code === undefined) return undefined
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${certificateNames(text)}. ${REASONS[code] ?? ''}`
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
    return 'sslkey is not the key of sslcert. Set both in DATABASE_URL to the files of one certificate'
  }
  if (code.startsWith('ERR_OSSL_')) {
    return `a file of sslrootcert, sslcert or sslkey in DATABASE_URL cannot be used (${code}). Check that each has PEM text`
  }
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code in REASONS
  return isTls ? (REASONS[code] ?? `${code}. See the log of the server`) : undefined
}
