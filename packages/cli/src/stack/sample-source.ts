import { setInterval as every } from 'node:timers/promises'
import { FreshetError } from '@freshet/domain'
import { postAsSource, readSourceKey, sourceSequence, type SourceKey } from './source-client.ts'

/** Entry of a sample source: a process that sends the heartbeats of one source, in each of its tenants, until it is ended. */
const env = process.env
const ended = new AbortController()
/** Heartbeats of a tenant that state one number before the source asks for the last one again. */
const BEATS_OF_A_NUMBER = 10
/** The last number of each tenant as the gateway returned it, and how many heartbeats have stated it. */
const numbers = new Map<string, { readonly last: string; beats: number }>()
/** True if the source is dense; undefined until the gateway has answered. */
let isDense: boolean | undefined
process.once('SIGTERM', () => ended.abort())
process.once('SIGINT', () => ended.abort())
process.stdin.resume().once('end', () => ended.abort())
await run(required('FRESHET_SOURCE'), ended.signal)

async function run(source: string, signal: AbortSignal): Promise<void> {
  const key = await readSourceKey(source, required('FRESHET_SOURCE_KEY_FILE'))
  process.stdout.write(`${JSON.stringify({ ready: true, source })}\n`)
  await beatAll(key)
  try {
    const ticks = every(Number(env['FRESHET_HEARTBEAT_MS'] ?? '1000'), undefined, { signal })
    for await (const _ of ticks) await beatAll(key)
  } catch {
    process.stdin.destroy()
  }
}

async function beatAll(key: SourceKey): Promise<void> {
  const tenants = required('FRESHET_TENANT').split(',')
  await Promise.all(tenants.map((tenant) => beat(key, tenant).catch(report)))
}

/** The clock is read before the end of the feed is asked for, so that `through` never overstates. */
async function beat(key: SourceKey, tenant: string): Promise<void> {
  const through = new Date().toISOString()
  const gateway = required('FRESHET_URL')
  const sequence = await lastSequence(key, gateway, tenant)
  const at = { gateway, path: '/v1/heartbeats' }
  const json = { tenant, through, ...(sequence === undefined ? {} : { sequence }) }
  try {
    await postAsSource(key, at, { contentType: 'application/json', json })
  } catch (error) {
    numbers.delete(tenant)
    throw error
  }
}

/**
 * A dense source states its last number. Other programs emit for the same source, so a number that is kept can be below
 * the last one. That overstates nothing: the gateway puts a heartbeat behind all that it has stamped, whatever its
 * number. The number only shows a gateway that knows less than it did. So the source asks again from time to time, and
 * after a refusal.
 */
async function lastSequence(
  key: SourceKey,
  gateway: string,
  tenant: string,
): Promise<string | undefined> {
  if (isDense === false) return undefined
  const known = numbers.get(tenant)
  if (known !== undefined && known.beats < BEATS_OF_A_NUMBER) {
    known.beats += 1
    return known.last
  }
  const { next } = await sourceSequence(key, gateway, tenant)
  isDense = next !== undefined
  if (next === undefined) return undefined
  const last = String(BigInt(next) - 1n)
  numbers.set(tenant, { last, beats: 1 })
  return last
}

function required(name: string): string {
  const value = env[name]
  if (value === undefined) throw new FreshetError('config.invalid', `${name} is not set`)
  return value
}

function report(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${new Date().toISOString()} heartbeat refused: ${text}\n`)
}
