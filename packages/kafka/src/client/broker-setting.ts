import type { SessionOpener } from './session.ts'

/** The number by which kafkajs names a broker among the resources that have a configuration. */
const BROKER_RESOURCE = 4

/** Returns a setting of the brokers, from one that answers. */
export async function brokerSetting(
  open: SessionOpener,
  name: string,
): Promise<string | undefined> {
  const attempt = `Read ${name} of a broker`
  const session = open()
  try {
    await session.cluster.connect()
    await session.cluster.refreshMetadata()
    const broker = await session.cluster.brokerPool.findConnectedBroker()
    const resource = { type: BROKER_RESOURCE, name: String(broker.nodeId), configNames: [name] }
    const { resources } = await broker.describeConfigs({ resources: [resource] })
    const entries = resources.flatMap(({ configEntries }) => configEntries)
    return entries.find(({ configName }) => configName === name)?.configValue
  } catch (error) {
    throw open.trouble.classify(error, attempt)
  } finally {
    await session.close()
  }
}
