import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** A key and its certificate, for a TLS connection of a test. */
export interface SelfSigned {
  readonly key: string
  readonly cert: string
  /** SHA-256 of the DER in base64url: `x5t#S256`. */
  readonly thumbprint: string
}

const ECDSA_SHA256 = seq(hex('06082a8648ce3d040302'))
const DAYS_MS = 86_400_000

/** Makes a certificate that signs itself: X.509 version 1, P-256, from yesterday to tomorrow. */
export function selfSigned(name: string, nowMs: number): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const who = seq(der(0x31, seq(hex('0603550403'), der(0x0c, Buffer.from(name)))))
  const times = seq(timeOf(nowMs - DAYS_MS), timeOf(nowMs + DAYS_MS))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = seq(hex('020101'), ECDSA_SHA256, who, times, who, spki)
  const signature = der(0x03, hex('00'), sign('sha256', body, privateKey))
  const bytes = seq(body, ECDSA_SHA256, signature)
  const lines = bytes.toString('base64').replaceAll(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    thumbprint: createHash('sha256').update(bytes).digest('base64url'),
  }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const long = length > 255 ? [0x82, length >> 8, length & 255] : [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content])
}

function seq(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts)
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

/** UTCTime. */
function timeOf(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/^..|[-:T]|\..*$/g, '')
  return der(0x17, Buffer.from(`${text}Z`))
}
