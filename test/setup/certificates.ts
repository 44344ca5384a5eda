import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

const DAY_MS = 86_400_000
const RSA_BITS = 2_048

/** A certificate with its private key, in PEM. */
export interface Issued {
  readonly cert: string
  readonly key: string
}

/** The content of a certificate. By default it is valid from yesterday until tomorrow. */
export interface CertificateRequest {
  readonly commonName: string
  /** DNS names of a server. */
  readonly names?: readonly string[]
  /** IP addresses of a server. */
  readonly addresses?: readonly string[]
  /** Days from now until it is no longer valid; negative: it has expired. */
  readonly days?: number
}

/** A certificate authority of a test for servers and clients. */
export interface TestAuthority {
  /** Its own certificate, in PEM. */
  readonly ca: string
  readonly issue: (request: CertificateRequest) => Issued
}

let serial = 0

/** Makes an authority with a key of its own. */
export function testAuthority(commonName: string): TestAuthority {
  const keys = newKeys()
  const subject = [{ name: 'commonName', value: commonName }]
  const root = bareCertificate({ commonName }, keys.publicKey)
  root.setIssuer(subject)
  root.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }])
  root.sign(keys.privateKey, forge.md.sha256.create())
  return {
    ca: forge.pki.certificateToPem(root),
    issue(request) {
      const own = newKeys()
      const cert = bareCertificate(request, own.publicKey)
      cert.setIssuer(subject)
      cert.setExtensions(extensionsOf(request))
      cert.sign(keys.privateKey, forge.md.sha256.create())
      return { cert: forge.pki.certificateToPem(cert), key: own.pem }
    },
  }
}

function extensionsOf({ names = [], addresses = [] }: CertificateRequest): object[] {
  const altNames = [
    ...names.map((value) => ({ type: 2, value })),
    ...addresses.map((ip) => ({ type: 7, ip })),
  ]
  const usage = { name: 'extKeyUsage', serverAuth: true, clientAuth: true }
  return altNames.length === 0 ? [usage] : [usage, { name: 'subjectAltName', altNames }]
}

function bareCertificate(
  { commonName, days = 1 }: CertificateRequest,
  publicKey: forge.pki.rsa.PublicKey,
): forge.pki.Certificate {
  const cert = forge.pki.createCertificate()
  const nowMs = Date.now()
  serial += 1
  cert.serialNumber = serial.toString(16).padStart(4, '0')
  cert.publicKey = publicKey
  cert.validity.notBefore = new Date(nowMs - DAY_MS * (1 + Math.max(0, -days)))
  cert.validity.notAfter = new Date(nowMs + DAY_MS * days)
  cert.setSubject([{ name: 'commonName', value: commonName }])
  return cert
}

/** Returns keys by Node.js: making the primes in JavaScript takes seconds. */
function newKeys(): {
  readonly pem: string
  readonly publicKey: forge.pki.rsa.PublicKey
  readonly privateKey: forge.pki.rsa.PrivateKey
} {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    pem: privateKey,
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
  }
}
