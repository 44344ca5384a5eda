import type { LibraryError } from './library-error.ts'
import { BROKER_SPEAKS_TLS, CLEAR_REFUSED } from '../client/sockets.ts'

const CA_FIX = 'Set KAFKA_TLS_CA_FILE to the CA that signed the certificate of the broker'
const CLIENT_FIX = 'Check KAFKA_TLS_CERT_FILE: its dates, and whether the broker trusts its CA'

/** The reasons for which TLS fails, each with the next step, by the code of Node.js. */
const REASONS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `no known CA signed its certificate. ${CA_FIX}`,
  UNABLE_TO_GET_ISSUER_CERT: `no known CA signed its certificate. ${CA_FIX}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `no known CA signed its certificate. ${CA_FIX}`,
  SELF_SIGNED_CERT_IN_CHAIN: `no known CA signed its certificate. ${CA_FIX}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `it signed its certificate itself. ${CA_FIX}`,
  CERT_SIGNATURE_FAILURE: `another key signed its certificate. ${CA_FIX}`,
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew the certificate of the broker',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Use a host of the certificate in KAFKA_BROKERS, or set KAFKA_TLS_SERVER_NAME',
  ERR_SSL_WRONG_VERSION_NUMBER: 'its port does not speak TLS. Use the port of a TLS listener',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: `it demands a client certificate, or refuses ours. ${CLIENT_FIX}`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it demands a client certificate. Set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: `it refuses the client certificate. ${CLIENT_FIX}`,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client certificate has expired. Renew it',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: `it does not trust the CA of the client certificate. ${CLIENT_FIX}`,
  [BROKER_SPEAKS_TLS]: 'its port speaks TLS. Set KAFKA_TLS=true',
  [CLEAR_REFUSED]:
    'it is not on loopback and TLS is off. Set KAFKA_TLS=true, or KAFKA_ALLOW_PLAINTEXT=true to accept traffic in clear',
}

const ENDED_EARLY = /before secure TLS connection was established/

/** Returns the reason why a connection failed if TLS is the cause, otherwise `undefined`. */
export function tlsReason(causes: readonly LibraryError[]): string | undefined {
  for (const cause of causes) {
    const why = reasonOf(cause)
    if (why !== undefined) return `TLS with ${brokerOf(cause)} fails: ${why}`
  }
  return undefined
}

function reasonOf({ code, message = '' }: LibraryError): string | undefined {
  if (typeof code !== 'string') return undefined
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${namesIn(message)}. ${REASONS[code] ?? ''}`
  if (ENDED_EARLY.test(message)) {
    return 'it ended the connection during the handshake. Check that its port is that of a TLS listener'
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code in REASONS) {
    return REASONS[code] ?? `${code}. See the log of the broker`
  }
  return undefined
}

const MISMATCH = /(?:Host|IP): (.+?)\.? is not (?:in the cert's (?:altnames|list)|cert's CN): (.+)$/

/** Returns the names of the certificate and of the host, which the message of Node.js contains. */
function namesIn(message: string): string {
  const [, host, names] = MISMATCH.exec(message) ?? []
  if (host === undefined || names === undefined) return 'its certificate is for another name'
  return `its certificate is for ${names}, not for ${host}`
}

function brokerOf({ broker }: LibraryError): string {
  return typeof broker === 'string' ? broker : 'the broker'
}
