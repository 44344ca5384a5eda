import { certificateNames, tlsFaults } from '@freshet/protocol/network'
import type { LibraryError } from './library-error.ts'
import { BROKER_SPEAKS_TLS, CLEAR_REFUSED } from '../client/sockets.ts'

const CLIENT_FIX = 'Check KAFKA_TLS_CERT_FILE: its dates, and whether the broker trusts its CA'

/** The reasons for which TLS fails, each with the next step, by the code of Node.js. */
const REASONS: Readonly<Record<string, string>> = {
  ...tlsFaults({
    peer: 'broker',
    ca: 'Set KAFKA_TLS_CA_FILE to the CA that signed the certificate of the broker',
    client: CLIENT_FIX,
    noClient: 'Set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE',
    name: 'Use a host of the certificate in KAFKA_BROKERS, or set KAFKA_TLS_SERVER_NAME',
  }),
  // A broker sends this alert also where the client has no certificate.
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: `it demands a client certificate, or refuses ours. ${CLIENT_FIX}`,
  ERR_SSL_WRONG_VERSION_NUMBER: 'its port does not speak TLS. Use the port of a TLS listener',
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
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${certificateNames(message)}. ${REASONS[code] ?? ''}`
  if (ENDED_EARLY.test(message)) {
    return 'it ended the connection during the handshake. Check that its port is that of a TLS listener'
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code in REASONS) {
    return REASONS[code] ?? `${code}. See the log of the broker`
  }
  return undefined
}

function brokerOf({ broker }: LibraryError): string {
  return typeof broker === 'string' ? broker : 'the broker'
}
