import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createEdge } from '@freshet/edge'
import { importJwks, type Jwks } from '@freshet/wire'
import { kafkaRevocations } from '@freshet/kafka'
import { childArgument, sendToParent } from '../run/child.ts'

/** The arguments of a starting edge. */
export interface ColdStart {
  readonly brokers: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly checkpointKeys: Jwks
  readonly tokenKeys: Jwks
  /** T_max of the edge, by default its own. */
  readonly tokenLifeMaxMs?: number
}

/** The result of the start. */
export interface ColdStarted {
  /** Time from the start of the process until the edge is live. */
  readonly ms: number
  readonly watermarks: number
  /** Processor time of the whole process until then. */
  readonly cpuMs: number
  /** The longest turn of its event loop since the edge was created. */
  readonly turnMs: number
  /** Memory of the whole process when it was live, and the maximum before. */
  readonly rssMiB: number
  readonly peakMiB: number
}

const { brokers, checkpointKeys, tokenKeys, ...named } = childArgument() as ColdStart
const turns = monitorEventLoopDelay({ resolution: 1 })
turns.enable()
await using edge = await createEdge({
  ...named,
  keys: { checkpoints: importJwks(checkpointKeys), tokens: importJwks(tokenKeys) },
  revocations: kafkaRevocations({ brokers }),
})
await edge.ready()
const ms = performance.now()
const { user, system } = process.cpuUsage()
const [cpuMs, turnMs] = [(user + system) / 1_000, turns.max / 1_000_000]
const { watermarks } = edge.stats()
const rssMiB = process.memoryUsage().rss / 1_048_576
const peakMiB = process.resourceUsage().maxRSS / 1_024
sendToParent({ ms, watermarks, cpuMs, turnMs, rssMiB, peakMiB } satisfies ColdStarted)
