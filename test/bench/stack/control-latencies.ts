import { publishedOf } from '../end-to-end/published.ts'
import { Latencies, NS_PER } from '../measure/latencies.ts'
import type { Reading } from '../scenario.ts'
import type { BenchStack } from './bench-stack.ts'

/** Latencies of changes of the control partition, in milliseconds. */
export interface ControlLatencies {
  /** Times from the intended send to the append of the revocation. */
  readonly whole: Reading
  /** Times from the intended send to the append of the change by the gateway. */
  readonly appended: Reading
  /** Times from that append to the commit by the reconciler. */
  readonly recorded: Reading
}

/** Reads the latencies of the changes that `letFlow` sent, by their ids and intended times. */
export async function controlLatencies(
  { database }: BenchStack,
  sent: ReadonlyMap<string, number>,
): Promise<ControlLatencies> {
  const [whole, appended, recorded] = [new Latencies(), new Latencies(), new Latencies()]
  for (const change of await publishedOf(database, 'revoked-', sent.size)) {
    const dueMs = sent.get(change.id) ?? Number.NaN
    whole.record((change.publishedAtMs - dueMs) * NS_PER.ms)
    appended.record((change.appendedAtMs - dueMs) * NS_PER.ms)
    recorded.record((change.recordedAtMs - change.appendedAtMs) * NS_PER.ms)
  }
  return {
    whole: whole.distribution('ms'),
    appended: appended.distribution('ms'),
    recorded: recorded.distribution('ms'),
  }
}
