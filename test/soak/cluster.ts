import { clusterView, type ClusterView } from '../failover/cluster-view.ts'
import type { Build } from '../fleet/build.ts'
import { startFleet, type Fleet } from '../fleet/fleet.ts'
import { startManagedPostgres, type ManagedPostgres } from '../managed/managed-postgres.ts'
import { startSecuredCluster, type SecuredCluster, type User } from '../secured/secured-kafka.ts'

/** The name in the client certificate of the second edge. */
export const EDGE_NAME = 'payments-edge'

/**
 * A secured installation: three brokers that allow nothing beside the printed ACLs, Postgres with TLS and a login
 * for each service, and two replicas of each service.
 */
export interface SoakCluster extends AsyncDisposable, ClusterView {
  readonly secured: SecuredCluster
  readonly managed: ManagedPostgres
  readonly fleet: Fleet
}

/** Starts one whose services are of the build; or nothing. */
export async function startSoakCluster(build: Build): Promise<SoakCluster> {
  const started: AsyncDisposable[] = []
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).toReversed()) await part[Symbol.asyncDispose]()
  }
  try {
    return await assemble(build, started, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(
  build: Build,
  started: AsyncDisposable[],
  stop: () => Promise<void>,
): Promise<SoakCluster> {
  const secured = await startSecuredCluster()
  started.push(secured)
  const { cert, key } = secured.issue(EDGE_NAME)
  await secured.put('edge.pem', cert)
  await secured.put('edge.key', key)
  const managed = await startManagedPostgres()
  started.push(managed)
  await managed.createLogins()
  const fleet = await startFleet({
    build,
    development: false,
    brokers: (secured.scram('topics')['KAFKA_BROKERS'] ?? '').split(','),
    databaseUrl: managed.urlOf(),
    environmentOf: (name) => environmentOf({ secured, managed }, name),
  })
  started.push(fleet)
  return {
    ...clusterView(secured.kafka),
    secured,
    managed,
    fleet,
    [Symbol.asyncDispose]: stop,
  }
}

function environmentOf(
  { secured, managed }: Pick<SoakCluster, 'secured' | 'managed'>,
  name: string,
): Readonly<Record<string, string>> {
  if (name === 'sidecar:2') return secured.mtls('edge')
  const user = (name.split(':')[0] ?? '') as User
  if (user === 'topics' || user === 'sidecar') return secured.scram(user)
  return { ...secured.scram(user), DATABASE_URL: managed.urlOf({ login: `freshet_${user}` }) }
}
