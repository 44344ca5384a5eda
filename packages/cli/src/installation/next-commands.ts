import { PROBE_NAME } from '@freshet/protocol/slo'
import { shellText } from './environment-text.ts'
import { FILES, NAMES, type Installation } from './installation.ts'
import { SERVED, type ServiceName } from './service-names.ts'

/** A command to run next, and its purpose. */
export interface NextCommand {
  readonly purpose: string
  readonly command: string
}

/** The seconds for which a printed command waits for a service. */
const READY_WITHIN_S = 60

/** The commands after `freshet init`, in their order. `folder` is the folder as the command line names it. */
export function nextCommands(
  at: Pick<Installation, 'tenant' | 'brokers' | 'url' | 'logins' | 'probes'>,
  folder: string,
): readonly NextCommand[] {
  const dir = shellText(folder)
  const registry = `${dir}/${FILES.registry}`
  // Topics have three replicas, which fewer brokers cannot hold.
  const development = at.brokers.length < 3 ? ' --development' : ''
  // No claim of a tenant is fresh without the heartbeats of the account source.
  const tenants = at.probes ? `${at.tenant},${PROBE_NAME}` : at.tenant
  const key = `--key-file ${dir}/${FILES.sourceKey}`
  const readiness = (services: readonly ServiceName[]): string => {
    const urls = services.map((service) => `${at.url(service)}/readyz`).join(' ')
    return `curl -fsS --retry ${READY_WITHIN_S} --retry-delay 1 --retry-all-errors ${urls}`
  }
  return [
    next('use this installation in this shell', `set -a; . ${dir}/${FILES.cli}; set +a`),
    next('check the registry', `freshet registry lint ${registry}`),
    ...(at.logins ? loginCommands(dir) : []),
    next('create the topics', `freshet topic apply${development}`),
    next('create the schema', 'freshet db migrate'),
    ...SERVED.map(({ service, work }) => {
      const command = `(set -a; . ${dir}/${FILES[service]}; exec freshet serve ${service}) &`
      return next(`start the ${service}, which ${work}`, command)
    }),
    next('wait for gateway and console', readiness(['gateway', 'console'])),
    next('store the registry', `freshet registry publish ${registry}`),
    next(
      'put it into force',
      "freshet registry activate 1 --reason 'first version' --wait --timeout 1m",
    ),
    next(
      'send the heartbeats of the source, until its own program does',
      `freshet source beat --source ${NAMES.source} --tenant ${tenants} ${key} &`,
    ),
    next('wait for the others', readiness(['reconciler', 'authority', 'sidecar'])),
    next(
      'wait until the source is heard everywhere, and the edge is synced',
      'until freshet status -o json > status.json; do sleep 1; done',
    ),
  ]
}

/** An administrator of the stores runs these. The command line reads revocations with the user of topics. */
function loginCommands(dir: string): readonly NextCommand[] {
  const edges = ['edge', 'topic-admin'].map((user) => `--principal edge=User:freshet-${user}`)
  return [
    next('create the users of Kafka', `sh -e ${dir}/${FILES.kafkaLogins}`),
    next('grant their rights', `freshet topic plan -o acl ${edges.join(' ')} | sh -e`),
    next(
      'create the logins of Postgres',
      `psql "$ADMIN_DATABASE_URL" -v ON_ERROR_STOP=1 -f ${dir}/${FILES.databaseLogins}`,
    ),
  ]
}

function next(purpose: string, command: string): NextCommand {
  return { purpose, command }
}
