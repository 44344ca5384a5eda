import { CHANGES_TOPIC, encodeChange, stampRecord } from '@freshet/wire'
import { stageSpans } from '@freshet/telemetry'
import { randomBytes } from 'node:crypto'
import { sampleCalls } from '../measure/closed-loop.ts'
import { changeMix } from '../pipeline/change-mix.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const RECORDS = 100
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** Measures the cost of tracing if no SDK is installed. */
export const tracingOff: Scenario = {
  metrics: [
    {
      id: 'trace.off',
      unit: 'µs',
      about: `no SDK: reporting a stage of ${RECORDS} records, all with a traceparent; for each of them`,
      against: [{ id: 'trace.stamp', atMost: 0.01 }],
    },
    {
      id: 'trace.stamp',
      unit: 'µs',
      about: 'the least work for a change: encoding and stamp, as by a gateway',
    },
  ],
  run,
}

function run(context: BenchContext): Promise<Readings> {
  const stage = {
    name: `process ${CHANGES_TOPIC}`,
    kind: 'consumer',
    topic: CHANGES_TOPIC,
  } as const
  const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex')
  const passed = { traceparent: TRACE, startMs: 1, endMs: 2 }
  const records = Array.from({ length: RECORDS }, () => passed)
  const tell = (): void => stageSpans({ ...stage, partition: 1, randomHex }, records)
  const change = changeMix().next(Date.now())
  const macKey = randomBytes(32)
  const stamp = (): void => {
    for (let n = 1; n <= RECORDS; n += 1)
      stampRecord(encodeChange(change), { partition: 1, number: BigInt(n) }, macKey)
  }
  return repeat(context, async () => ({
    'trace.off': await eachOf(context, tell),
    'trace.stamp': await eachOf(context, stamp),
  }))
}

/** Returns the time for one of the records of each call. */
async function eachOf(
  { clock, quick }: BenchContext,
  call: () => void,
): Promise<ReturnType<Awaited<ReturnType<typeof sampleCalls>>['distribution']>> {
  const plan = { operations: RECORDS, samples: quick ? 300 : 2_000 }
  return (await sampleCalls(plan, clock, callsOf(call))).distribution('µs')
}

/** A call for all records counts as so many operations. */
function callsOf(call: () => void): () => void {
  let n = 0
  return () => {
    if (n % RECORDS === 0) call()
    n += 1
  }
}
