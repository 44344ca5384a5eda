import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ROOT } from './pack.ts'

const run = promisify(execFile)

/** Loads modules in a process, and prints what is new outside of them. */
const PROBE = `
const BUILTINS = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name))
const names = (path, value) => Reflect.ownKeys(value ?? {}).map((key) => path + '.' + String(key))
const state = () => new Set([
  ...names('globalThis', globalThis),
  ...names('process.env', process.env),
  ...BUILTINS.flatMap((name) => names(name + '.prototype', globalThis[name]?.prototype)),
  ...process.eventNames().map((name) => 'listeners of ' + String(name) + ': ' + process.listenerCount(name)),
  ...process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY)/.test(name)).map((name) => 'a resource: ' + name),
])
// Node makes some of these when they are first used, and zod has global names of its own.
for (const name of BUILTINS) void globalThis[name]?.prototype
for (const other of ['node:crypto', 'jose', 'zod', 'yaml']) await import(other)
const before = state()
for (const entry of process.argv.slice(1)) await import(entry)
await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify([...state()].filter((each) => !before.has(each))))
`

/** Returns what these modules change outside of themselves when they are loaded: names, methods, listeners, handles. */
export async function globalChanges(entries: readonly string[]): Promise<readonly string[]> {
  const args = ['--input-type=module', '--eval', PROBE, ...entries]
  const { stdout } = await run(process.execPath, args, { cwd: ROOT })
  return JSON.parse(stdout) as readonly string[]
}
