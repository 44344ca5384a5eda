import { partitionOf, type Change } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, signRecord, stampRecord } from '@freshet/wire'
import { ACME_IDP } from '@freshet/testkit'
import type { Random } from '../random.ts'
import { DIRECTORY, TENANT } from './deployment.ts'
import { macKey, setOf } from './keys.ts'
import { SUBJECTS } from './workload.ts'
import type { World } from './world.ts'

/** A key that no gateway ever had. */
const STRANGE_MAC = macKey(0)
/** A key with the right name and other bits. */
const [STRANGE_KEY] = setOf('source', 'forged')
/** A number beyond all numbers and versions of the run. */
const FAR = 10n ** 12n

/**
 * Writes a change that no source sent, with an invalid proof. The proof is a stamp by another key, or a
 * signature by another key of the same name. It can also be a signature by a source that is not the change's
 * source. It must change nothing at all, and not even count (S14, S16).
 */
export async function forge(world: World, random: Random): Promise<void> {
  const { kernel, log, keys, note } = world
  const way = random.pick(['stamp', 'signature', 'signer', 'unknown source'] as const)
  const change = wanted(way, random)
  const partition = partitionOf(change.subject)
  const stamp = { partition, number: FAR }
  const record = encodeChange(change)
  const own = keys.source[0]
  const key = way === 'signature' ? STRANGE_KEY : own
  if (key === undefined) throw new Error('The set of keys is empty.')
  const proven =
    way === 'stamp' ? stampRecord(record, stamp, STRANGE_MAC) : await signRecord(record, stamp, key)
  note(`forged ${way}`)
  kernel.log('STRANGER', `forges ${change.id} of ${change.source} by ${way}`)
  await log.append(CHANGES_TOPIC, partition, [proven])
}

function wanted(way: string, random: Random): Extract<Change, { kind: 'claim' }> {
  const source = { signature: DIRECTORY, 'unknown source': 'nobody' }[way] ?? 'hr'
  return {
    kind: 'claim',
    tenant: TENANT,
    source,
    id: `forged-${random.below(2 ** 32)}`,
    occurredAtMs: 1,
    sourceVersion: { epoch: FAR, n: FAR },
    subject: { tenant: TENANT, iss: ACME_IDP, sub: random.pick(SUBJECTS) },
    claim: source === DIRECTORY ? 'roles' : 'groups',
    op: 'set',
    values: ['everything'],
  }
}
