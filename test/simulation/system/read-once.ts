import { incomingOf, type Incoming, type LogRecord, type VerifyKey } from '@freshet/wire'
import { DIRECTORY } from './deployment.ts'

/** The proof of a record: the accepted stamp keys, and the keys of the source that writes directly. */
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
 * Reads a record of the broker once, for every reconciler: the same bytes under the same keys have the same
 * result. An altered record is another record.
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

/** Keys of a run never change under the same names. */
function nameOf({ macKeys, sourceKeys }: Proof): string {
  const macs = macKeys.map((key) => Buffer.from(key).toString('latin1'))
  return JSON.stringify([macs, sourceKeys.map(({ kid }) => kid)])
}
