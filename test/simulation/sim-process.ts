import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs `npm run sim`, in a process of its own. */
export function sim(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string }> {
  const script = fileURLToPath(new URL('../../infra/run/sim.mjs', import.meta.url))
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } }
    execFile(process.execPath, [script, ...args], options, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout })
    })
  })
}
