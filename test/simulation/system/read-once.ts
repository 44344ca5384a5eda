import { incomingOf, type Incoming, type LogRecord, type VerifyKey } from '@freshet/events'
import { DIRECTORY } from './deployment.ts'

/** What proves a record: the stamps that are believed, and the keys of the source that writes itself. */
interface Proof {
  readonly macKeys: readonly Uint8Array[]
  readonly sourceKeys: readonly VerifyKey[]
}

interface Read {
  readonly by: string
  readonly incoming: Incoming | Promise<Incoming>
}

const known = new WeakMap<LogRecord, Read>()

/**
 * Reads a record of the broker once, for whichever reconciler comes to it: the same bytes under the
 * same keys say the same. What was altered is another record.
 */
export function readOnce(record: LogRecord, proof: Proof): Incoming | Promise<Incoming> {
  const by = nameOf(proof)
  const before = known.get(record)
  if (before?.by === by) return before.incoming
  const { macKeys, sourceKeys } = proof
  const keysOf = (source: string): readonly VerifyKey[] => (source === DIRECTORY ? sourceKeys : [])
  const incoming = incomingOf(record, { macKeys, sourceKeys: keysOf })
  known.set(record, { by, incoming })
  return incoming
}

/** Keys of a run are never changed under their names. */
function nameOf({ macKeys, sourceKeys }: Proof): string {
  const macs = macKeys.map((key) => Buffer.from(key).toString('latin1'))
  return JSON.stringify([macs, sourceKeys.map(({ kid }) => kid)])
}
