import type { Shell } from '../shell.ts'
import { authorityChecks } from './checks/authority-checks.ts'
import { type DoctorCheck, ASK_WITHIN_MS, failureOf, type CheckFinding } from './check.ts'
import { kafkaChecks } from './checks/kafka-checks.ts'
import { loginChecks } from './checks/login-checks.ts'
import { machineChecks } from './checks/machine-checks.ts'
import { pipelineChecks } from './checks/pipeline-checks.ts'
import { postgresChecks } from './checks/postgres-checks.ts'
import { registryChecks } from './checks/registry-checks.ts'
import { startChecks } from './checks/start/start-checks.ts'
import { doctorTarget, type DoctorOptions, type DoctorTarget } from './target.ts'
import { buildsFinding } from './checks/builds.ts'

const group = 'services'
/** Its own checks have 2 s. */
const READY_WITHIN_MS = 3_000

/** Asks each service whether it is ready, and which build it is. */
function serviceChecks({ services, console: access }: DoctorTarget): readonly DoctorCheck[] {
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

/** Every check of what this shell and these options name, in the order they are shown. */
export async function allChecks(
  shell: Shell,
  options: DoctorOptions,
): Promise<readonly DoctorCheck[]> {
  const target = await doctorTarget(shell, options)
  return [
    ...machineChecks(shell, target, process.version),
    ...startChecks(target),
    ...registryChecks(target),
    ...kafkaChecks(target),
    ...postgresChecks(target),
    ...authorityChecks(target),
    ...serviceChecks(target),
    ...pipelineChecks(target),
    ...loginChecks(target),
  ]
}
