import { isIP } from 'node:net'

type IsValue = (value: string) => boolean

const isUrl: IsValue = (value) => /^(?:tcp|udp|sctp):\/\//.test(value)
const isPort: IsValue = (value) => /^\d{1,5}$/.test(value)
const isProtocol: IsValue = (value) => /^(?:tcp|udp|sctp)$/.test(value)
const isAddress: IsValue = (value) => isIP(value) !== 0

/** The forms of names that Kubernetes makes of a Service, each with the form of its value. */
const LINKS: readonly (readonly [name: RegExp, isValue: IsValue])[] = [
  [/_SERVICE_HOST$/, isAddress],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, isPort],
  [/_PORT$/, isUrl],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)$/, isUrl],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, isProtocol],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, isPort],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, isAddress],
]

/**
 * Reports whether Kubernetes made a variable of a Service (`enableServiceLinks`): a Service
 * `freshet-gateway` puts `FRESHET_GATEWAY_SERVICE_HOST` and six more into every pod of its namespace,
 * and a Service `freshet` puts `FRESHET_PORT`. Name and value both must have the form of a link.
 */
export function isServiceLink(name: string, value: string): boolean {
  return LINKS.some(([form, isValue]) => form.test(name) && isValue(value))
}
