import { setTimeout as wait } from 'node:timers/promises'
import { FreshetError } from '@freshet/protocol'
import { readSourceKey } from '@freshet/source'
import { sendHeartbeats } from '../sources/heartbeats.ts'

/** Entry of a sample source: a process that sends the heartbeats of one source, in each of its tenants, until it is ended. */
const env = process.env
const ended = new AbortController()
process.once('SIGTERM', () => ended.abort())
process.once('SIGINT', () => ended.abort())
process.stdin.resume().once('end', () => ended.abort())
await run(required('FRESHET_SOURCE'), ended.signal)

async function run(source: string, signal: AbortSignal): Promise<void> {
  const key = await readSourceKey(source, required('FRESHET_SOURCE_KEY_FILE'))
  process.stdout.write(`${JSON.stringify({ ready: true, source })}\n`)
  await sendHeartbeats({
    key,
    gateway: required('FRESHET_URL'),
    tenants: required('FRESHET_TENANT').split(','),
    everyMs: Number(env['FRESHET_HEARTBEAT_MS'] ?? '1000'),
    signal,
    nowMs: () => Date.now(),
    sleep: (ms) => wait(ms, undefined, { signal }),
    onNews: ({ state, why }) =>
      void process.stderr.write(
        `${new Date().toISOString()} heartbeats ${state}${why === undefined ? '' : `: ${why}`}\n`,
      ),
  })
  process.stdin.destroy()
}

function required(name: string): string {
  const value = env[name]
  if (value === undefined) throw new FreshetError('config.invalid', `${name} is not set`)
  return value
}
