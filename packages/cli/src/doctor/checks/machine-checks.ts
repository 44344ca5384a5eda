import { findDevStack } from '../../installation/dev-stack.ts'
import type { Shell } from '../../shell.ts'
import {
  ASK_WITHIN_MS,
  PROGRAM_START_WITHIN_MS,
  type DoctorCheck,
  type CheckFinding,
} from '../check.ts'
import type { DoctorTarget } from '../target.ts'

const NODE_MIN: readonly [major: number, minor: number] = [20, 19]
const group = 'this machine'

/** Node, and what `dev` needs beside it. */
export function machineChecks(
  shell: Shell,
  target: DoctorTarget,
  nodeVersion: string,
): readonly DoctorCheck[] {
  return [
    {
      group,
      name: 'Node',
      title: 'Node',
      withinMs: ASK_WITHIN_MS,
      run: () => nodeFinding(nodeVersion),
    },
    {
      group,
      name: 'Java and Maven for a local broker',
      title: 'Java and Maven for a local broker',
      withinMs: PROGRAM_START_WITHIN_MS,
      run: () => toolsFinding(shell, target.kafka !== undefined),
    },
    {
      group,
      name: 'something to look at',
      title: 'stack or environment',
      withinMs: ASK_WITHIN_MS,
      run: () => targetFinding(target),
    },
  ]
}

/** Reports whether this version of Node is new enough. */
export function nodeFinding(version: string): CheckFinding {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number)
  const [least, leastMinor] = NODE_MIN
  if (major > least || (major === least && minor >= leastMinor)) {
    return { outcome: 'ok', detail: version }
  }
  return {
    outcome: 'failed',
    detail: `${version} is older than ${NODE_MIN.join('.')}`,
    means: 'services can fail without a clear message',
    fix: `install Node ${NODE_MIN.join('.')} or newer`,
  }
}

const notInstalled: CheckFinding = {
  outcome: 'ok',
  detail: 'not needed: `freshet dev` is not installed',
}

async function toolsFinding(shell: Shell, hasBrokers: boolean): Promise<CheckFinding> {
  const stack = await findDevStack()
  if (stack === undefined) return notInstalled
  const tools = await stack.kafkaAvailability({ ...shell.env })
  if (tools.available) return { outcome: 'ok', detail: 'there' }
  const found = { detail: `${tools.missing} is missing`, means: '`freshet dev` cannot start Kafka' }
  const fix = `install ${tools.missing}, or set KAFKA_BROKERS`
  // A machine with brokers elsewhere needs none of it.
  return hasBrokers
    ? { outcome: 'ok', detail: `${found.detail}, and not needed` }
    : { outcome: 'warning', ...found, fix }
}

/** Reports whether there is a stack here or in the environment, and whether its processes run. */
export function targetFinding({ dev, kafka, databaseUrl, console }: DoctorTarget): CheckFinding {
  if (!dev) {
    const named = [kafka, databaseUrl, console].some((one) => one !== undefined)
    return named ? { outcome: 'ok', detail: 'what the environment names' } : nothing
  }
  const dead = Object.entries(dev.processes).filter(([, pid]) => !isAlive(pid))
  if (dead.length === 0) {
    const count = Object.keys(dev.processes).length
    return { outcome: 'ok', detail: `the dev stack here; its ${count} processes run` }
  }
  const names = dead.map(([name]) => name).join(', ')
  return {
    outcome: 'failed',
    detail: `not running: ${names}`,
    means: 'dev starts a process that died again by itself; one that stays away cannot start',
    fix: 'see the end of its log in .freshet/stack/logs, or end `freshet dev` and start it again',
  }
}

const nothing: CheckFinding = {
  outcome: 'failed',
  detail: 'no dev stack runs here, and the environment names nothing',
  means: 'nothing of Freshet was checked',
  fix: 'freshet dev, or set KAFKA_BROKERS, DATABASE_URL, FRESHET_URL and FRESHET_TOKEN',
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return Object(error)['code'] === 'EPERM'
  }
}
