import { THIS_BUILD } from '../fleet/build.ts'
import { SERVICES } from '../fleet/replica.ts'
import { EDGE_NAME, type SoakCluster } from './cluster.ts'
import type { EventName } from './timetable.ts'

/** The action of an event. */
interface SoakEvent {
  /**
   * Resolves when nothing prevents a recovery any more, to the repair that follows. `round` counts the events of
   * this name.
   */
  readonly strike: (cluster: SoakCluster, round: number) => Promise<() => Promise<void>>
}

const NOTHING = async (): Promise<void> => {}

/** The events by name. */
export const EVENTS: Readonly<Record<EventName, SoakEvent>> = {
  'one replica of each service is killed': {
    async strike({ fleet }, round) {
      const killed = SERVICES.flatMap((service) => fleet.of(service)[round % 2] ?? [])
      await Promise.all(killed.map((replica) => replica.stop('SIGKILL')))
      return async () => void (await Promise.all(killed.map((replica) => replica.start())))
    },
  },
  'the release before is upgraded to this build': {
    async strike({ fleet }) {
      await fleet.prepare(THIS_BUILD)
      for (const service of SERVICES)
        for (const replica of fleet.of(service)) await replica.restart(THIS_BUILD)
      return NOTHING
    },
  },
  'certificates and a password are rotated': {
    async strike({ secured }, round) {
      const password = `gateway-${round + 2}`
      const brokers = secured.kafka.brokers.join(',')
      const args = `--bootstrap-server ${brokers} --alter --entity-type users --entity-name gateway`
      const secret = ['--add-config', `SCRAM-SHA-512=[password=${password}]`]
      const tool = 'org.apache.kafka.tools.ConfigCommand'
      await secured.kafka.node(1).javaTool(tool, [...args.split(' '), ...secret])
      await secured.put('gateway.password', password)
      const { cert, key } = secured.issue(EDGE_NAME)
      await secured.put('edge.pem', cert)
      await secured.put('edge.key', key)
      await secured.renewBroker()
      return NOTHING
    },
  },
  'the leader of the control partition is killed': {
    strike: async (cluster) => killNode(cluster, await cluster.leader()),
  },
  'the leader of the controllers is killed': {
    strike: async (cluster) => killNode(cluster, await cluster.controller()),
  },
  'Postgres is restarted': {
    async strike({ managed }) {
      const addresses = ['127.0.0.1']
      await managed.serve(managed.authority.issue({ commonName: 'db', addresses }))
      return NOTHING
    },
  },
  'each service is restarted in turn': {
    async strike({ fleet }) {
      for (const service of SERVICES)
        for (const replica of fleet.of(service)) await replica.restart()
      return NOTHING
    },
  },
}

async function killNode(cluster: SoakCluster, id: number): Promise<() => Promise<void>> {
  const node = cluster.secured.kafka.node(id)
  await node.end('SIGKILL')
  return async () => {
    await node.start()
    await cluster.untilInSync()
  }
}
