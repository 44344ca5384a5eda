import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { SkippedError, type BenchContext } from '../scenario.ts'

const PROGRAM = 'redis-server'
const READY_WITHIN_MS = 10_000

/**
 * A Redis of its own on loopback, which keeps nothing on disk. Resolves to its URL.
 *
 * @throws `SkippedError` where no `redis-server` is installed
 */
export async function startRedis(context: BenchContext): Promise<string> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const cwd = await context.tempDir()
  const server = spawn(PROGRAM, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(server, 'exit')
  ended.catch(() => undefined)
  try {
    await once(server, 'spawn')
  } catch {
    throw new SkippedError(`${PROGRAM} is not installed`)
  }
  context.defer(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await ended
  })
  await untilReady(server.stdout)
  return `redis://127.0.0.1:${port}`
}

async function untilReady(output: NodeJS.ReadableStream): Promise<void> {
  const signal = AbortSignal.timeout(READY_WITHIN_MS)
  const lines = createInterface({ input: output, signal })
  for await (const line of lines) if (line.includes('Ready to accept connections')) break
  output.resume()
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
