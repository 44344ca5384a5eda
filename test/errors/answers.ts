import { errorCodes, type ErrorCode, type ErrorEntry, type Surface } from '@freshet/protocol'

/** The catalogue, or one that a control has changed. */
export type ErrorRecords = Readonly<Record<ErrorCode, ErrorEntry>>

/** A request that a surface answers with an error. */
export type Provoke = () => Promise<Response>

/** A request for each code that a surface can give. */
export type Provocations = Readonly<Partial<Record<ErrorCode | typeof UNPROCESSABLE, Provoke>>>

/** A surface that is served on loopback. */
export interface Served extends AsyncDisposable {
  readonly provocations: Provocations
  /** Receives every refusal, as the counters and the log do. */
  readonly reported: Reported
}

/** The codes of the reported refusals, in their order. */
export type Reported = readonly string[]

/** The answer of a surface, as a client receives it. */
export interface Received {
  readonly status: number
  readonly type: string
  readonly body: Readonly<Record<string, unknown>>
  /** The codes that were reported since the request before. */
  readonly reported: Reported
}

/** `event.malformed` of a body that is JSON has a status of its own. */
export const UNPROCESSABLE = 'event.malformed of JSON'

const PROBLEM = 'application/problem+json'

/** Sends each request, one after the other. */
export async function askAll({
  provocations,
  reported,
}: Pick<Served, 'provocations' | 'reported'>): Promise<ReadonlyMap<string, Received>> {
  const received = new Map<string, Received>()
  for (const [name, provoke] of Object.entries(provocations)) {
    const before = reported.length
    const response = await provoke()
    const body = (await response.json()) as Received['body']
    const type = response.headers.get('content-type') ?? ''
    received.set(name, {
      status: response.status,
      type,
      body,
      reported: reported.slice(before),
    })
  }
  return received
}

/**
 * The differences between the answers of a surface and the record: a code of the record that no request
 * provoked, an answer that the record does not have, and a wrong status or body.
 */
export function differences(
  surface: Surface,
  received: ReadonlyMap<string, Received>,
  records: ErrorRecords = errorCodes,
): readonly string[] {
  const expected = new Map(expectedAt(surface, records))
  const unlisted = [...received.keys()].filter((name) => !expected.has(name))
  return [
    ...unlisted.map((name) => `${name}: the record has no answer of ${surface}`),
    ...[...expected].flatMap(([name, answer]) => {
      const got = received.get(name)
      if (got === undefined) return [`${name}: no request provokes it`]
      const wrong = mismatch(surface, answer, got)
      return wrong === undefined ? [] : [`${name}: ${wrong}, got ${JSON.stringify(got)}`]
    }),
  ]
}

interface Expected {
  readonly code: string
  readonly status: number
  readonly entry: ErrorEntry
}

function expectedAt(
  surface: Surface,
  records: ErrorRecords,
): readonly (readonly [string, Expected])[] {
  return Object.entries(records).flatMap(([code, entry]: [string, ErrorEntry]) => {
    const status = entry.http[surface]
    if (status === undefined) return []
    const { unprocessable } = entry
    const whole = [code, { code, status, entry }] as const
    if (surface !== 'gateway' || unprocessable === undefined) return [whole]
    return [whole, [UNPROCESSABLE, { code, status: unprocessable, entry }] as const]
  })
}

function mismatch(
  surface: Surface,
  { code, status, entry }: Expected,
  { status: got, type, body, reported }: Received,
): string | undefined {
  if (got !== status) return `expected HTTP ${status}`
  if (body['code'] !== code) return 'expected the code'
  if (reported.at(-1) !== code) return 'expected a report of the refusal'
  if (surface === 'oauth') {
    return body['error'] === entry.oauth ? undefined : `expected the error ${entry.oauth}`
  }
  if (type !== PROBLEM) return `expected ${PROBLEM}`
  if (body['status'] !== status) return 'expected the status in the body'
  if (body['type'] !== `https://freshet.dev/problems/${code}`)
    return 'expected the type of the code'
  // An edge discloses less: its title is a sentence for clients.
  return surface === 'edge' || body['title'] === entry.what ? undefined : 'expected the title'
}
