import { InvalidArgumentError } from '@commander-js/extra-typings'

/** The help of `--gateway` of a command for admins. */
export const GATEWAY_HELP =
  'URL of the gateway; default: FRESHET_GATEWAY_URL, else the dev stack; elsewhere it needs FRESHET_TOKEN'

/** The help of `--gateway` of a command that acts as a source. */
export const SOURCE_GATEWAY_HELP =
  'URL of the gateway; default: FRESHET_GATEWAY_URL, else the dev stack'

/** The help of its `--key-file`. */
export const KEY_FILE_HELP = 'file with the private JWK of the source; default: the dev stack'

/** The help of `--issuer` of a command that asks the authority. */
export const ISSUER_HELP =
  'issuer URL of the authority; default: FRESHET_ISSUER, else the dev stack'

/** The help of `--client-secret-file`. */
export const CLIENT_SECRET_HELP = 'file with the secret of the client; default: the dev stack'

/** The help of `--idp-key-file`. */
export const IDP_KEY_HELP =
  'file with the private JWK of a test identity provider; default: the dev stack'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }
const DURATION_MAX_MS = 10 * 60_000

/** Reads `500ms`, `10s` or `2m`, at most ten minutes. */
export function readDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  const ms = Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  if (ms > 0 && ms <= DURATION_MAX_MS) return ms
  throw new InvalidArgumentError('A duration is like 500ms, 10s or 2m, at most 10m.')
}

/** A duration in its largest whole unit, as people read it. */
export function optionTimeText(ms: number): string {
  const [unit, unitMs] =
    Object.entries(SPAN_MS)
      .toReversed()
      .find(([, each]) => ms % each === 0) ?? (['ms', 1] as const)
  return `${ms / unitMs} ${unit === 'm' ? 'min' : unit}`
}

const SPAN_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const SPAN_MAX_MS = 366 * 86_400_000

/** Reads `0s`, `15m`, `25h` or `8d`, at most a year. */
export function readSpan(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? []
  const ms = Number(digits) * (SPAN_MS[unit ?? ''] ?? Number.NaN)
  if (ms <= SPAN_MAX_MS) return ms
  throw new InvalidArgumentError('A time is like 0s, 15m, 25h or 8d, at most a year.')
}

/** Reads a whole number above zero. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number above zero is needed.')
}

/** Reads a position or number of any size. */
export function readNumber(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('A whole number is needed.')
}

/** An option that may be given several times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

/** Reads one of a list of allowed values. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((each) => each === text)
    if (word !== undefined) return word
    throw new InvalidArgumentError(`Allowed are ${words.join(', ')}.`)
  }
}

const WHOLE_MAX = 2_147_483_647

/** Reads a whole number from 0. */
export function readWhole(text: string): number {
  const number = Number(text)
  if (/^\d{1,10}$/.test(text) && number <= WHOLE_MAX) return number
  throw new InvalidArgumentError('A whole number is expected.')
}

/** Reads an RFC 3339 time, or `15m`, `25h`, `8d` for so long before now; milliseconds since 1970. */
export function readMoment(text: string): number {
  if (/^\d{1,6}[smhd]$/.test(text)) return Date.now() - readSpan(text)
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError(
    'A time is like 2026-11-24T10:00:00Z, or an age like 15m, 25h, 8d.',
  )
}

/** The last port from which six ports are free for the services of an installation. */
const FIRST_PORT_MAX = 65_530

/** Reads the first port of an installation. */
export function readPort(text: string): number {
  const port = Number(text)
  if (/^[1-9]\d{0,4}$/.test(text) && port <= FIRST_PORT_MAX) return port
  throw new InvalidArgumentError(`A port is a number from 1 to ${FIRST_PORT_MAX}.`)
}
