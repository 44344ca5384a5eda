import type { PublishedAt } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'
import type { FindingCode } from '../registry-rules.ts'

/** @internal An issuer, and where its keys are. */
export interface KeyOrigins {
  /** The name in messages. */
  readonly name: string
  readonly issuer: string
  readonly keys?: string
  readonly published?: PublishedAt
}

/** @internal The rules that its keys keep. */
export interface KeyOriginRules {
  readonly origin: FindingCode
  readonly address: FindingCode
}

const https = 'https://[^\\s/?#@]+'
const loopback = 'http://(?:127\\.0\\.0\\.1|localhost|\\[::1\\])(?::\\d+)?'
const keysAddress = new RegExp(`^(?:${https}|${loopback})/[^\\s#]*$`)
const issuerAddress = new RegExp(`^(?:${https}|${loopback})(?:/[^\\s?#]*)?$`)

/** @internal The reviewed file names where keys are read from, and nothing else does. */
export function keyOriginFindings(
  { name, issuer, keys, published: { jwksUri, metadata } = { keptMs: 0 } }: KeyOrigins,
  place: string,
  { origin, address }: KeyOriginRules,
): readonly Finding[] {
  const origins = [keys, jwksUri, metadata].filter((each) => each !== undefined)
  const found: Finding[] = []
  if (origins.length !== 1) {
    const message = `${name} has ${origins.length === 0 ? 'no keys' : 'keys of several origins'}`
    const fix = 'give one of keys, jwksUri and metadata'
    found.push(finding(origin, place, { message, fix }))
  }
  if (jwksUri !== undefined && !keysAddress.test(jwksUri)) {
    const message = `the keys of ${name} cannot be read safely at that address`
    const fix = 'use an https address, without user and fragment'
    found.push(finding(address, `${place}/jwksUri`, { message, fix }))
  }
  if (metadata !== undefined && !issuerAddress.test(issuer)) {
    const message = `no address of metadata can be made of the issuer of ${name}`
    const fix = 'give jwksUri or keys in place of metadata'
    found.push(finding(address, `${place}/metadata`, { message, fix }))
  }
  return found
}
