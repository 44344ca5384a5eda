import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
const SIGNAL_EXIT_BASE = 128

/**
 * Runs a program whose output the user sees as it comes. Resolves to its exit code; signals that
 * reach this process are passed on. The higher its niceness, the more it lets others go first; `env` is
 * added to what this process has.
 */
export function runVisibly(program, args, { niceness = 0, env = {} } = {}) {
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (niceness > 0 && child.pid !== undefined) setPriority(child.pid, niceness)
  const forward = (signal) => child.kill(signal)
  for (const signal of FORWARDED) process.on(signal, forward)
  return ended(child).finally(() => {
    for (const signal of FORWARDED) process.removeListener(signal, forward)
  })
}

/** Runs a program and keeps what it writes. Resolves to `{ code, output }`. */
export async function runQuietly(program, args, env = process.env) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => (output += part))
  }
  return { code: await ended(child), output }
}

/** A program of a package in node_modules, run by this Node: `['node', ['…/tsc', …]]`. */
export function tool(name, args) {
  return [process.execPath, [`${root}node_modules/${name}`, ...args]]
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal === null ? code : SIGNAL_EXIT_BASE))
  })
}
