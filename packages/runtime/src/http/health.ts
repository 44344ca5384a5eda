import { FreshetError } from '@freshet/protocol'
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

/** Checks by the names that `/readyz` shows. */
export type Checks = Readonly<Record<string, Check>>

/**
 * Adds `/livez` (this process answers; knows no dependency) and `/readyz` (each named check holds,
 * and the service is not ending). `?verbose` lists the checks, `?exclude=NAME` leaves one out,
 * `/readyz/NAME` asks one alone. `notices` are asked by `?verbose` and by their names alone: the service is
 * ready whatever they find.
 */
export function addHealthRoutes(
  app: Hono,
  checks: Checks,
  ending: AbortSignal,
  notices: Checks = {},
): void {
  const all = { ...notices, ...checks }
  app.get('/livez', (c) => c.text('ok\n'))
  app.get('/readyz', async (c) => {
    const excluded = c.req.queries('exclude') ?? []
    const names = Object.keys(checks).filter((name) => !excluded.includes(name))
    const isVerbose = c.req.query('verbose') !== undefined
    const noticeNames = Object.keys(notices).filter((name) => isVerbose && !excluded.includes(name))
    const [results, noticed] = await Promise.all([
      runChecks(names, checks),
      runChecks(noticeNames, notices),
    ])
    if (ending.aborted) results.push({ name: 'shutdown', ok: false, reason: 'ending' })
    const ready = results.every((result) => result.ok)
    const shown = results.filter((result) => isVerbose || !result.ok).map(line)
    return c.text(
      [...shown, ...noticed.map(notice), ready ? 'ok' : 'not ready', ''].join('\n'),
      ready ? 200 : 503,
    )
  })
  app.get('/readyz/:name', async (c) => {
    const name = c.req.param('name')
    if (!Object.hasOwn(all, name)) {
      throw new FreshetError('request.not-found', 'There is no check of that name.')
    }
    const result = await runCheck(name, all[name])
    return c.text(`${line(result)}\n`, result.ok ? 200 : 503)
  })
}

function line({ name, ok, reason }: Result): string {
  return ok ? `[+] ${name} ok` : `[-] ${name} failed: ${reason ?? 'unknown'}`
}

function notice(result: Result): string {
  return result.ok
    ? line(result)
    : `[!] ${result.name} failed, not needed to be ready: ${result.reason ?? 'unknown'}`
}

function runChecks(names: readonly string[], checks: Checks): Promise<Result[]> {
  return Promise.all(names.map((name) => runCheck(name, checks[name])))
}

async function runCheck(name: string, check: Check | undefined): Promise<Result> {
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
