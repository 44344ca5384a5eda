const CA_FIX = 'Set sslrootcert in DATABASE_URL to the CA that signed the certificate of the server'
const CLIENT_FIX =
  'Check sslcert in DATABASE_URL: its dates, and whether the server trusts its CA (ssl_ca_file)'

/** The reasons for which TLS fails, each with the next step, by the code of Node.js. */
const REASONS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `no known CA signed its certificate. ${CA_FIX}`,
  UNABLE_TO_GET_ISSUER_CERT: `no known CA signed its certificate. ${CA_FIX}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `no known CA signed its certificate. ${CA_FIX}`,
  SELF_SIGNED_CERT_IN_CHAIN: `no known CA signed its certificate. ${CA_FIX}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `it signed its certificate itself. ${CA_FIX}`,
  CERT_SIGNATURE_FAILURE: `another key signed its certificate. ${CA_FIX}`,
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew the certificate of the server',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a host of the certificate in DATABASE_URL',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: `it refuses the client certificate. ${CLIENT_FIX}`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it demands a client certificate. Set sslcert and sslkey in DATABASE_URL',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: `it refuses the client certificate. ${CLIENT_FIX}`,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client certificate has expired. Renew it',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: `it does not trust the CA of the client certificate. ${CLIENT_FIX}`,
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
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${namesIn(text)}. ${REASONS[code] ?? ''}`
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
    return 'sslkey is not the key of sslcert. Set both in DATABASE_URL to the files of one certificate'
  }
  if (code.startsWith('ERR_OSSL_')) {
    return `a file of sslrootcert, sslcert or sslkey in DATABASE_URL cannot be used (${code}). Check that each has PEM text`
  }
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code in REASONS
  return isTls ? (REASONS[code] ?? `${code}. See the log of the server`) : undefined
}

const MISMATCH = /(?:Host|IP): (.+?)\.? is not (?:in the cert's (?:altnames|list)|cert's CN): (.+)$/

/** Returns the names of the certificate and of the host, which the message of Node.js contains. */
function namesIn(message: string): string {
  const [, host, names] = MISMATCH.exec(message) ?? []
  if (host === undefined || names === undefined) return 'its certificate is for another name'
  return `its certificate is for ${names}, not for ${host}`
}
