import { setInterval as every } from 'node:timers/promises'
import { FreshetError } from '@freshet/domain'
import { postAsSource, readSourceKey, sourceSequence, type SourceKey } from './source-client.ts'

/** Entry of a sample source: a process that sends the heartbeats of one source, in each of its tenants, until it is ended. */
const env = process.env
const ended = new AbortController()
/** Whether the source is dense, once the gateway has told it. */
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
  await postAsSource(
    key,
    { gateway, path: '/v1/heartbeats' },
    {
      contentType: 'application/json',
      json: { tenant, through, ...(sequence === undefined ? {} : { sequence }) },
    },
  )
}

/** A dense source states its last number; everything that has one is known to the gateway. */
async function lastSequence(
  key: SourceKey,
  gateway: string,
  tenant: string,
): Promise<string | undefined> {
  if (isDense === false) return undefined
  const { next } = await sourceSequence(key, gateway, tenant)
  isDense = next !== undefined
  return next === undefined ? undefined : String(BigInt(next) - 1n)
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
