import { FETCH_VERSION } from '../protocol/fetch.ts'
import { apiKeys, requests, type BrokerVersions } from './internals.ts'
import { METADATA_VERSION } from '../protocol/metadata.ts'
import { PRODUCE_VERSION } from '../protocol/produce.ts'

/** An API of the broker that this client cannot use. */
export interface ApiGap {
  readonly api: string
  readonly sent: number
  readonly accepted: string
}

/** The requests that the reader, the writer and the topic administration send. */
const usedApis = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'ApiVersions',
  'CreateTopics',
  'DeleteTopics',
  'DeleteRecords',
  'DescribeConfigs',
] as const

/** This package reads the answers to these requests itself, so it sends them in one version only. */
const fixedVersions: Readonly<Record<string, number>> = {
  Produce: PRODUCE_VERSION,
  Fetch: FETCH_VERSION,
  Metadata: METADATA_VERSION,
}

/**
 * Returns the APIs that this client uses and whose version to be sent the broker does not accept.
 *
 * The library looks only at the highest version of the broker. A broker without the old versions would answer
 * with an error that names no API.
 */
export function apiGaps(broker: BrokerVersions): readonly ApiGap[] {
  return usedApis.flatMap((api) => {
    const accepted = broker[apiKeys[api] ?? -1]
    const highest = Math.max(...(requests[api]?.versions ?? []).map(Number))
    if (!accepted) return [{ api, sent: highest, accepted: 'none' }]
    const { minVersion, maxVersion } = accepted
    const sent = fixedVersions[api] ?? Math.min(highest, maxVersion)
    const isAccepted = sent >= minVersion && sent <= maxVersion
    return isAccepted ? [] : [{ api, sent, accepted: `${minVersion}-${maxVersion}` }]
  })
}
