/** The fixes that differ between the servers to which a client connects. */
export interface TlsFixes {
  /** The other side, in a sentence: `broker`. */
  readonly peer: string
  /** The fix where no known CA signed its certificate. */
  readonly ca: string
  /** The fix where it does not accept the client certificate. */
  readonly client: string
  /** The fix where it demands a client certificate. */
  readonly noClient: string
  /** The fix where its certificate has other names. */
  readonly name: string
}

/**
 * Returns the reasons for which a TLS connection fails, each with its fix, by the code of Node.js. A reason
 * continues a sentence about the other side.
 */
export function tlsFaults(fixes: TlsFixes): Readonly<Record<string, string>> {
  const unknownCa = `no known CA signed its certificate. ${fixes.ca}`
  return {
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
    UNABLE_TO_GET_ISSUER_CERT: unknownCa,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
    SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
    DEPTH_ZERO_SELF_SIGNED_CERT: `it signed its certificate itself. ${fixes.ca}`,
    CERT_SIGNATURE_FAILURE: `another key signed its certificate. ${fixes.ca}`,
    CERT_HAS_EXPIRED: `its certificate has expired. Renew the certificate of the ${fixes.peer}`,
    CERT_NOT_YET_VALID: 'its certificate is not valid yet. Compare the clocks',
    ERR_TLS_CERT_ALTNAME_INVALID: fixes.name,
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: `it refuses the client certificate. ${fixes.client}`,
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: `it demands a client certificate. ${fixes.noClient}`,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: `it refuses the client certificate. ${fixes.client}`,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client certificate has expired. Renew it',
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: `it does not trust the CA of the client certificate. ${fixes.client}`,
  }
}

const MISMATCH = /(?:Host|IP): (.+?)\.? is not (?:in the cert's (?:altnames|list)|cert's CN): (.+)$/

/** Returns the names of a certificate and of the host, which the message of Node.js contains. */
export function certificateNames(message: string): string {
  const [, host, names] = MISMATCH.exec(message) ?? []
  if (host === undefined || names === undefined) return 'its certificate is for another name'
  return `its certificate is for ${names}, not for ${host}`
}
