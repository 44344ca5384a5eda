import { consoleClient, type ConsoleClient } from '../http/console-client.ts'
import type { Shell } from '../shell.ts'
import {
  type DoctorCheck,
  ASK_WITHIN_MS,
  failureOf,
  type CheckFinding,
  CONNECT_WITHIN_MS,
} from './check.ts'
import { authorityChecks } from './checks/authority-checks.ts'
import { kafkaChecks } from './checks/kafka-checks.ts'
import { machineChecks } from './checks/machine-checks.ts'
import { pipelineChecks, CONSOLE_REPORTS } from './checks/pipeline-checks.ts'
import { postgresChecks } from './checks/postgres-checks.ts'
import { registryChecks } from './checks/registry-checks.ts'
import { startChecks } from './checks/start/start-checks.ts'
import { doctorTarget, type DoctorOptions, type DoctorTarget } from './target.ts'

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

const BUILD_WITHIN_MS = 3_000

/** Compares the builds of services. One that does not answer is left to the check of its readiness. */
async function buildsFinding(services: Readonly<Record<string, string>>): Promise<CheckFinding> {
  const answers = Object.entries(services).map(async ([service, url]) => ({
    service,
    build: await buildAt(url),
  }))
  const known = (await Promise.all(answers)).filter(({ build }) => build !== undefined)
  const builds = new Set(known.map(({ build }) => build))
  if (builds.size < 2) return { outcome: 'ok', detail: [...builds].join() || 'no service answers' }
  return {
    outcome: 'warning',
    detail: known.map(({ service, build }) => `${service} is ${build}`).join(', '),
    means: 'two builds run beside each other, which is supported for the time of an upgrade',
    fix: 'finish the upgrade, or roll it back, in the order of docs/upgrade.md',
  }
}

/** The version and the commit that a service reports. */
async function buildAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/v1/version', url), {
      redirect: 'error',
      signal: AbortSignal.timeout(BUILD_WITHIN_MS),
    })
    const { version, commit } = Object(await answer.json()) as Readonly<Record<string, unknown>>
    return typeof version === 'string' ? `${version} (${String(commit)})` : undefined
  } catch {
    return undefined
  }
}

/** The identity provider that logs people in, as the console reaches it. */
function loginChecks({ console: access }: DoctorTarget): readonly DoctorCheck[] {
  if (access === undefined) return []
  const client = consoleClient(access)
  return [
    {
      group: 'console',
      name: 'its identity provider answers',
      title: 'identity provider',
      needs: [CONSOLE_REPORTS],
      withinMs: CONNECT_WITHIN_MS,
      run: () => providerFinding(client),
    },
  ]
}

/** A console needs no provider; with one that does not answer, no user can log in. */
export async function providerFinding(
  client: Pick<ConsoleClient, 'loginWays' | 'loginProvider'>,
): Promise<CheckFinding> {
  const { openid } = await client.loginWays()
  if (openid === null) return { outcome: 'ok', detail: 'none is set up: tokens alone log in' }
  await client.loginProvider()
  return { outcome: 'ok', detail: openid.issuer }
}
