import { FETCH_VERSION } from './fetch.ts'
import { apiKeys, requests, type BrokerVersions } from './internals.ts'
import { METADATA_VERSION } from './metadata.ts'
import { PRODUCE_VERSION } from './produce.ts'

/** An API of the broker that this client cannot use. */
export interface ApiGap {
  readonly api: string
  readonly sent: number
  readonly accepted: string
}

/** The requests that reader, writer and topic administration send. */
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

/** Of these we read the answer ourselves, so they are sent in one version only. */
const fixedVersions: Readonly<Record<string, number>> = {
  Produce: PRODUCE_VERSION,
  Fetch: FETCH_VERSION,
  Metadata: METADATA_VERSION,
}

/**
 * The APIs that we use and the broker does not accept in the version that would be sent.
 *
 * The library looks only at the highest version of the broker; a broker that dropped old versions
 * would answer with an error that names nothing.
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
