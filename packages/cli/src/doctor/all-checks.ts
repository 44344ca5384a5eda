import type { Shell } from '../shell.ts'
import { authorityChecks } from './checks/authority-checks.ts'
import type { DoctorCheck } from './check.ts'
import { kafkaChecks } from './checks/kafka-checks.ts'
import { loginChecks } from './checks/login-checks.ts'
import { machineChecks } from './checks/machine-checks.ts'
import { pipelineChecks } from './checks/pipeline-checks.ts'
import { postgresChecks } from './checks/postgres-checks.ts'
import { registryChecks } from './checks/registry-checks.ts'
import { startChecks } from './checks/start/start-checks.ts'
import { serviceChecks } from './checks/service-checks.ts'
import { doctorTarget, type DoctorOptions } from './target.ts'

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
