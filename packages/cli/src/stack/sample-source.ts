import { setInterval as every } from 'node:timers/promises'
import { FreshetError } from '@freshet/protocol'
import { HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import { postAsSource, readSourceKey, askSourceSequence, type SourceKey } from './source-client.ts'

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

/** One heartbeat for all tenants, or for as many as one request can name. */
async function beatAll(key: SourceKey): Promise<void> {
  const tenants = required('FRESHET_TENANT').split(',')
  for (let at = 0; at < tenants.length; at += HEARTBEAT_TENANTS_MAX)
    await beat(key, tenants.slice(at, at + HEARTBEAT_TENANTS_MAX)).catch(report)
}

/** The clock is read before the ends of the feeds are asked for, so that `through` never overstates. */
async function beat(key: SourceKey, names: readonly string[]): Promise<void> {
  const through = new Date().toISOString()
  const gateway = required('FRESHET_URL')
  const asked = names.map((tenant) => numbered(key, gateway, tenant).catch(report))
  const tenants = (await Promise.all(asked)).filter((each) => each !== undefined)
  const [first] = tenants
  if (first === undefined) return
  const json = tenants.length === 1 ? { ...first, through } : { through, tenants }
  const at = { gateway, path: '/v1/heartbeats' }
  try {
    await postAsSource(key, at, { contentType: 'application/json', json })
  } catch (error) {
    for (const name of names) numbers.delete(name)
    throw error
  }
}

/** A tenant, with the last number of the source there where it is dense. */
async function numbered(
  key: SourceKey,
  gateway: string,
  tenant: string,
): Promise<TenantSequenceBody> {
  const sequence = await lastSequence(key, gateway, tenant)
  return sequence === undefined ? { tenant } : { tenant, sequence }
}

interface TenantSequenceBody {
  readonly tenant: string
  readonly sequence?: string
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
  const { next } = await askSourceSequence(key, gateway, tenant)
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

function report(error: unknown): undefined {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${new Date().toISOString()} heartbeat refused: ${text}\n`)
}
