import { FreshetError } from '@freshet/domain'
import type { Hono } from 'hono'

/** A check that takes longer counts as failed. */
export const CHECK_TIMEOUT_MS = 2_000

/** Resolves if the service can do its part of the work now; rejects with the reason. */
export type Check = () => void | Promise<void>

interface Result {
  readonly name: string
  readonly ok: boolean
  readonly reason?: string
}

/**
 * Adds `/livez` (this process answers; knows no dependency) and `/readyz` (each named check holds,
 * and the service is not ending). `?verbose` lists the checks, `?exclude=NAME` leaves one out,
 * `/readyz/NAME` asks one alone.
 */
export function addHealthRoutes(
  app: Hono,
  checks: Readonly<Record<string, Check>>,
  ending: AbortSignal,
): void {
  app.get('/livez', (c) => c.text('ok\n'))
  app.get('/readyz', async (c) => {
    const excluded = c.req.queries('exclude') ?? []
    const names = Object.keys(checks).filter((name) => !excluded.includes(name))
    const results = await Promise.all(names.map((name) => look(name, checks[name])))
    if (ending.aborted) results.push({ name: 'shutdown', ok: false, reason: 'ending' })
    const ready = results.every((result) => result.ok)
    const isVerbose = c.req.query('verbose') !== undefined
    const shown = results.filter((result) => isVerbose || !result.ok).map(line)
    return c.text([...shown, ready ? 'ok' : 'not ready', ''].join('\n'), ready ? 200 : 503)
  })
  app.get('/readyz/:name', async (c) => {
    const name = c.req.param('name')
    if (!Object.hasOwn(checks, name)) {
      throw new FreshetError('request.not-found', 'There is no check of that name.')
    }
    const result = await look(name, checks[name])
    return c.text(`${line(result)}\n`, result.ok ? 200 : 503)
  })
}

function line({ name, ok, reason }: Result): string {
  return ok ? `[+] ${name} ok` : `[-] ${name} failed: ${reason ?? 'unknown'}`
}

async function look(name: string, check: Check | undefined): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), CHECK_TIMEOUT_MS)
  })
  try {
    await Promise.race([check?.(), late])
    return { name, ok: true }
  } catch (error) {
    return { name, ok: false, reason: reasonOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** The reason with its code, if it has one: docs/errors.md has the next step. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error instanceof FreshetError ? `${error.message} (${error.code})` : error.message
}
