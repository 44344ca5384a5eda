import type { Kafka } from '@freshet/kafka'
import type { ServiceName } from '../../../installation/service-names.ts'
import { ASK_WITHIN_MS, type CheckFinding, type DoctorCheck } from '../../check.ts'
import type { DoctorTarget } from '../../target.ts'
import { addressFinding } from './address-finding.ts'
import { fileFinding } from './file-finding.ts'
import { readServiceConfig } from './service-config.ts'
import { isServiceLink } from '@freshet/wire/environment'

const ACCEPTED = 'it accepts its environment'

/**
 * The start of a service with the environment of this command: variables, files, address. It starts nothing and
 * changes nothing.
 */
export function startChecks({ service, env }: DoctorTarget): readonly DoctorCheck[] {
  if (service === undefined) return []
  const [group, withinMs] = [`start of ${service}`, ASK_WITHIN_MS]
  return [
    { group, name: ACCEPTED, title: 'environment', withinMs, run: () => accepted(service, env) },
    { group, name: 'its files can be used', title: 'files', withinMs, run: () => fileFinding(env) },
    {
      group,
      name: 'its address is free',
      title: 'address',
      needs: [ACCEPTED],
      withinMs,
      run: async () => addressFinding(await readServiceConfig(service, env), hasTls(env)),
    },
    {
      group,
      name: 'Kubernetes adds no variables',
      title: 'variables of Kubernetes',
      withinMs,
      run: () => linkFinding(env),
    },
  ]
}

function hasTls(env: DoctorTarget['env']): boolean {
  return Boolean(env['FRESHET_TLS_CERT_FILE'])
}

async function accepted(service: ServiceName, env: DoctorTarget['env']): Promise<CheckFinding> {
  await readServiceConfig(service, env)
  return { outcome: 'ok', detail: 'every variable is known and of its form' }
}

/** Returns whether the login of a service has the rights that its role needs on the topics. */
export async function rightsFinding(kafka: Kafka, service: ServiceName): Promise<CheckFinding> {
  const role = service === 'sidecar' ? 'edge' : service
  const missing = await kafka.topics.missingRights(role)
  if (missing.length === 0) return { outcome: 'ok', detail: `all that the role ${role} needs` }
  const list = missing.map(({ topic, operations }) => `${operations.join(', ')} on ${topic}`)
  return {
    outcome: 'failed',
    detail: `missing: ${list.join('; ')}`,
    means: `${service} gets broker.denied, and cannot do its part of the work`,
    fix: `freshet topic plan -o acl --principal ${role}=User:NAME prints the commands that grant them`,
  }
}

/** Returns whether the environment has the variables that Kubernetes makes of a Service. They are ignored. */
function linkFinding(env: DoctorTarget['env']): CheckFinding {
  const links = Object.entries(env)
    .filter(([name, value = '']) => name.startsWith('FRESHET_') && isServiceLink(name, value))
    .map(([name]) => name)
  if (links.length === 0) return { outcome: 'ok', detail: 'no service links' }
  return {
    outcome: 'warning',
    detail: `service links: ${links.join(', ')}`,
    means: 'the service ignores them; a setting of the same name would be ignored, too',
    fix: 'set enableServiceLinks: false in the pod',
  }
}
