import { ASK_WITHIN_MS, failureOf, type DoctorCheck, type CheckFinding } from '../check.ts'
import type { DoctorTarget } from '../target.ts'
import { buildsFinding } from './builds.ts'

const group = 'services'
/** Its own checks have 2 s. */
const READY_WITHIN_MS = 3_000

/** Asks each service whether it is ready, and which build it is. */
export function serviceChecks({ services, console: access }: DoctorTarget): readonly DoctorCheck[] {
  const withinMs = ASK_WITHIN_MS
  const ready = Object.entries(services).map(([service, url]) => ({
    group,
    name: `${service} is ready`,
    title: service,
    withinMs,
    run: () => readiness(service, url),
  }))
  const all = { ...(access && { console: access.url }), ...services }
  if (Object.keys(all).length < 2) return ready
  const builds = {
    group,
    name: 'one build runs',
    title: 'builds',
    withinMs,
    run: () => buildsFinding(all),
  }
  return [...ready, builds]
}

async function readiness(service: string, url: string): Promise<CheckFinding> {
  try {
    const response = await fetch(new URL('/readyz?verbose', url), {
      redirect: 'error',
      signal: AbortSignal.timeout(READY_WITHIN_MS),
    })
    const lines = (await response.text()).trim().split('\n')
    if (response.ok) return { outcome: 'ok', detail: lines.slice(0, -1).join(', ') || 'ok' }
    return {
      ...notReady(service),
      detail: lines.filter((line) => line.startsWith('[-]')).join(', '),
    }
  } catch (error) {
    return { ...failureOf(error), ...notReady(service) }
  }
}

function notReady(service: string): Omit<CheckFinding, 'detail'> {
  return {
    outcome: 'failed',
    means: `${service} cannot do its part of the work now`,
    fix: `mend what its checks name; else see the end of its log, and start it again`,
  }
}
