import { setTimeout as wait } from 'node:timers/promises'
import type { Health } from '@freshet/insight'
import { consoleClient, type ConsoleAccess, type ConsoleClient } from '../http/console-client.ts'
import type { ShownStatus, StatusFigures } from '../output/status/status-text.ts'
import { servicesOf, type DevFile } from '../stack/dev-file.ts'
import { askHealth } from './ask-health.ts'
import { askServices } from './ask-services.ts'

/** The limits of the waits for answers beside the verdict. */
export interface StatusLimits {
  /** The console has the same limit. A service that it already calls down is not waited for. */
  readonly servicesMs: number
  /** The verdict does not wait for figures that hang: a broker that hangs is named by its cause. */
  readonly figuresMs: number
  /** The same from the verdict on, if it is unknown: its figures are those that the console cannot read. */
  readonly unknownMs: number
}

const LIMITS: StatusLimits = { servicesMs: 1_000, figuresMs: 5_000, unknownMs: 500 }

/**
 * Asks a console for its verdict and for everything that one screen shows, and the services of a stack that runs
 * here. Figures that are not there in time are left out.
 */
export async function askStatus(
  access: ConsoleAccess,
  dev?: DevFile,
  limits: StatusLimits = LIMITS,
): Promise<ShownStatus> {
  const verdict = askHealth(access)
  const known = verdict.catch((): undefined => undefined)
  const [health, services, figures] = await Promise.all([
    verdict,
    askServices(dev ? servicesOf(dev) : {}, {
      withinMs: limits.servicesMs,
      down: known.then(downIn),
    }),
    figuresInTime(consoleClient(access), known, limits),
  ])
  const { PROBE_NAME: probeTenant } = await import('@freshet/protocol/slo')
  return { health, services, ...(figures && { figures, probeTenant }) }
}

function downIn(health: Health | undefined): ReadonlySet<string> {
  const down = (health?.services ?? []).filter(({ state }) => state === 'no-answer')
  return new Set(down.map(({ service }) => service))
}

async function figuresInTime(
  client: ConsoleClient,
  known: Promise<Health | undefined>,
  { figuresMs, unknownMs }: StatusLimits,
): Promise<StatusFigures | undefined> {
  const over = new AbortController()
  const after = (ms: number): Promise<undefined> =>
    wait(ms, undefined, { signal: over.signal }).catch(() => undefined)
  const late = known.then((health) => after(health?.state === 'unknown' ? unknownMs : figuresMs))
  try {
    return await Promise.race([figuresOf(client).catch(() => undefined), late, after(figuresMs)])
  } finally {
    over.abort()
  }
}

async function figuresOf(client: ConsoleClient): Promise<StatusFigures> {
  const [status, edges] = await Promise.all([client.status(), client.edges()])
  return { ...status, edges: edges.items, groups: edges.groups ?? [] }
}
