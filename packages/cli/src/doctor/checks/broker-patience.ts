import { FreshetError } from '@freshet/protocol'
import type { Kafka } from '@freshet/kafka'
import { loadRegistry } from '@freshet/runtime'
import type { CheckFinding } from '../check.ts'

const SETTING = 'broker.session.timeout.ms'

/** Checks whether the cluster replaces a dead leader before the shortest lease ends. */
export async function brokerPatience(
  kafka: Kafka,
  registry: string | undefined,
): Promise<CheckFinding> {
  if (registry === undefined) {
    const fix = 'freshet doctor --registry FILE'
    return { outcome: 'skipped', detail: 'no registry file is known here', fix }
  }
  const { sources } = (await loadRegistry(registry)).registry
  const leases = [...sources.values()].map(({ leaseMs }) => leaseMs)
  const value = await kafka.brokerSetting(SETTING).catch(unlessDenied)
  return patienceFinding(value, Math.min(...leases))
}

/** The rights that the doctor needs else name no cluster. */
function unlessDenied(error: unknown): undefined {
  if (error instanceof FreshetError && error.code === 'broker.denied') return undefined
  throw error
}

/** Compares the setting, in ms, with the shortest lease. */
export function patienceFinding(value: string | undefined, leaseMs: number): CheckFinding {
  const timeoutMs = Number(value)
  if (value === undefined || Number.isNaN(timeoutMs)) {
    const fix = `compare it with the shortest lease, ${leaseMs / 1000} s, or allow DescribeConfigs on the cluster`
    return { outcome: 'skipped', detail: `the broker does not show ${SETTING}`, fix }
  }
  const detail = `${SETTING} is ${timeoutMs / 1000} s, the shortest lease ${leaseMs / 1000} s`
  if (timeoutMs < leaseMs) return { outcome: 'ok', detail }
  return {
    outcome: 'warning',
    detail,
    means:
      'the claims of the partitions of a dead broker become unverified until another one leads them',
    fix: `set ${SETTING}=3000 and broker.heartbeat.interval.ms=500 on every node, or raise the leases above ${timeoutMs / 1000} s`,
  }
}
