import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Starts a program that serves on loopback, and resolves to its end once this URL answers. */
export async function startServing(
  program: string,
  args: readonly string[],
  readyUrl: string,
): Promise<() => Promise<void>> {
  const process = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const stderr: string[] = []
  process.stderr.on('data', (part: Buffer) => void stderr.push(part.toString()))
  const isReady = async (): Promise<boolean> => {
    if (process.exitCode !== null) throw new Error(`${program} ended: ${stderr.join('')}`)
    return fetch(readyUrl).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  while (!(await isReady())) await new Promise((resolve) => setImmediate(resolve))
  return async () => {
    const ended = once(process, 'exit')
    process.kill('SIGTERM')
    await ended
  }
}
