import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createPrivateKey, randomUUID, sign, type JsonWebKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { machineClock } from '../measure/clock.ts'
import { Connections, type Target, headOf } from '../http/connections.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'
import type { AssaultRequest, AssaultSigner } from './assault.ts'

const TICK_MS = 5
/** Answers that did not come by then are not waited for. */
const LAST_ANSWER_MS = 10_000
/** A piece of a body is sent when the service had this long to answer what came before. */
const PIECE_EVERY_MS = 10
const HEAD_ALONE_MS = 100
const PIECE_BYTES = 16_384
const ANSWER_WITHIN_MS = 15_000
const LIFE_S = 30

/** The arguments of the process of an attacker. */
export interface AttackPlan {
  /** Requests that are in progress at once, at most. */
  readonly connections: number
  readonly ratePerS: number
}

/** A flood of one request at one service. */
export interface AttackOrder {
  readonly base: string
  readonly request: AssaultRequest
  readonly ms: number
}

/** The result of a flood. */
export interface AttackReport {
  readonly first: FirstRefusal
  readonly answered: number
  /** Answers by status; 0: the service closed the connection without an answer. */
  readonly statuses: ReadonlyMap<number, number>
  readonly elapsedMs: number
  /** Processor time of this process meanwhile. */
  readonly cpuUs: number
}

/** Entry of a process that sends one request again and again, as fast as a rate and the service allow. */
const { connections: connectionsMax, ratePerS } = childArgument() as AttackPlan
sendToParent('ready')
for (;;) sendToParent(await attack(await receiveFromParent<AttackOrder>()))

async function attack({ base, request, ms }: AttackOrder): Promise<AttackReport> {
  const { method, path, headers, body: text = '', signer } = request
  const url = new URL(path, base).href
  const from = Array.from({ length: connectionsMax }, (_, n) => `127.0.1.${n + 1}`)
  const target: Target = {
    url,
    headers,
    connections: connectionsMax,
    from,
    ...(method && { method }),
  }
  const body = Buffer.from(text, 'latin1')
  const lineOf = await signedLines(signer)
  const first = await firstRefusal(target, body, lineOf())
  const connections = new Connections(target)
  const statuses = new Map<number, number>()
  const pending = new Set<Promise<void>>()
  const note = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const send = (): void => {
    const answer = connections.post(body, lineOf()).then(({ status }) => status)
    const done = answer
      .catch(() => 0)
      .then(note)
      .finally(() => pending.delete(done))
    pending.add(done)
  }
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  await atRate(ms, (count) => {
    // A request that finds no connection is not sent later: the rate is a limit, without a backlog.
    for (let n = Math.min(count, connections.free); n > 0; n -= 1) send()
  })
  await Promise.race([Promise.all(pending), machineClock.sleep(LAST_ANSWER_MS)])
  const { user, system } = process.cpuUsage(cpu)
  const elapsedMs = performance.now() - startMs
  const answered = [...statuses].reduce((sum, [status, n]) => sum + (status === 0 ? 0 : n), 0)
  const report = { first, answered, statuses: new Map(statuses), elapsedMs, cpuUs: user + system }
  connections.close()
  return report
}

/** Calls with the number of requests that became due since the last call. */
async function atRate(ms: number, call: (count: number) => void): Promise<void> {
  const startMs = performance.now()
  let due = 0
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - startMs) {
    const before = due
    due = Math.floor((elapsedMs * ratePerS) / 1_000)
    call(due - before)
    await machineClock.sleep(TICK_MS)
  }
}

/** The first answer to a request that is sent slowly. */
interface FirstRefusal {
  readonly status: number
  /** Bytes of head and body that were sent before the answer came. */
  readonly bytes: number
}

/** Sends a request in pieces until it is answered. */
async function firstRefusal(
  target: Omit<Target, 'connections'>,
  body: Uint8Array,
  lines: string,
): Promise<FirstRefusal> {
  const { hostname: host, port } = new URL(target.url)
  const socket = connect({ host, port: Number(port), localAddress: target.from?.[0] })
  try {
    const head = headOf({ ...target, connections: 1 })
    let bytes = 0
    const received: string[] = []
    socket.setEncoding('latin1').on('data', (text: string) => received.push(text))
    const send = async (part: string | Uint8Array, waitMs: number): Promise<void> => {
      socket.write(part)
      bytes += part.length
      await pause(waitMs)
    }
    await once(socket, 'connect')
    await send(`${head}${lines}content-length: ${body.length}\r\n\r\n`, HEAD_ALONE_MS)
    for (let at = 0; at < body.length && received.length === 0; at += PIECE_BYTES)
      await send(body.subarray(at, at + PIECE_BYTES), PIECE_EVERY_MS)
    if (received.length === 0)
      await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    const status = Number(received.join('').slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    return { status, bytes }
  } finally {
    socket.destroy()
  }
}

/** Returns a function that returns the line of a head with a new assertion of the source (RFC 7523). */
async function signedLines(signer: AssaultSigner | undefined): Promise<() => string> {
  if (signer === undefined) return () => ''
  const { source, kid, keyFile, audience } = signer
  const jwk = JSON.parse(await readFile(keyFile, 'utf8')) as JsonWebKey
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const header = base64url({ alg: 'ES256', kid })
  return () => {
    const iat = Math.floor(Date.now() / 1_000)
    const times = { iat, exp: iat + LIFE_S }
    const claims = { iss: source, sub: source, aud: audience, jti: randomUUID(), ...times }
    const signed = `${header}.${base64url(claims)}`
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
    return `authorization: Bearer ${signed}.${signature.toString('base64url')}\r\n`
  }
}

function base64url(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}
