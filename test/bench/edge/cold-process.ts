import { createEdge } from '@freshet/edge'
import { importJwks, type Jwks } from '@freshet/events'
import { kafkaRevocations } from '@freshet/kafka'
import { childArgument, tellParent } from '../run/child.ts'

/** What a starting edge is told. */
export interface ColdStart {
  readonly brokers: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly checkpointKeys: Jwks
  readonly tokenKeys: Jwks
}

/** What became of it. */
export interface ColdStarted {
  /** From the start of the process to live. */
  readonly ms: number
  readonly watermarks: number
  /** Memory of the whole process when it was live, and the most of it before. */
  readonly rssMiB: number
  readonly peakMiB: number
}

const { brokers, issuer, audience, checkpointKeys, tokenKeys } = childArgument() as ColdStart
await using edge = await createEdge({
  issuer,
  audience,
  keys: { checkpoints: importJwks(checkpointKeys), tokens: importJwks(tokenKeys) },
  revocations: kafkaRevocations({ brokers }),
})
await edge.ready()
const ms = performance.now()
const { watermarks } = edge.stats()
const rssMiB = process.memoryUsage().rss / 1_048_576
const peakMiB = process.resourceUsage().maxRSS / 1_024
tellParent({ ms, watermarks, rssMiB, peakMiB } satisfies ColdStarted)
