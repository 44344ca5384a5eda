import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from '@freshet/owned-dir'
import { SkippedError, type BenchContext } from '../scenario.ts'

const PROGRAM = 'redis-server'
const READY_WITHIN_MS = 10_000
/** It ends with the input of its shell, and so with this process, however that ends. */
const WITH_US = `${PROGRAM} "$@" & read -r _; kill -9 $!; wait`

/**
 * Starts a Redis of its own on loopback, which stores nothing on disk. Resolves to its URL.
 *
 * @throws `SkippedError` if no `redis-server` is installed
 */
export async function startRedis(context: BenchContext): Promise<string> {
  if (!(await isInstalled())) throw new SkippedError(`${PROGRAM} is not installed`)
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('sh', ['-c', WITH_US, 'sh', ...args], {
    cwd: await context.tempDir(),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const ended = once(server, 'close')
  context.defer(async () => {
    server.stdin.end()
    await ended
  })
  await untilReady(server.stdout)
  return `redis://127.0.0.1:${port}`
}

function isInstalled(): Promise<boolean> {
  return promisify(execFile)(PROGRAM, ['--version']).then(
    () => true,
    () => false,
  )
}

async function untilReady(output: NodeJS.ReadableStream): Promise<void> {
  const signal = AbortSignal.timeout(READY_WITHIN_MS)
  const lines = createInterface({ input: output, signal })
  for await (const line of lines) if (line.includes('Ready to accept connections')) break
  output.resume()
}
