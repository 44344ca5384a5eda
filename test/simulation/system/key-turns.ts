import { isPublished, signingKey } from '@freshet/protocol'
import type { TimedSigningKey } from '@freshet/wire'
import { EPOCH_MS } from '../kernel/kernel.ts'
import type { Random } from '../random.ts'
import { BASE_AGE_MS } from './deployment.ts'
import { macKey } from './keys.ts'
import { tokenSigners } from './token-keys.ts'
import type { World } from './world.ts'

/** Longer than the time for which records of a superseded key are read. */
const KEPT_MS = BASE_AGE_MS + 12_000
/** Every process accepts a stamp's key before the first gateway stamps with it. */
const LEAD_MS = 2_000
const REVOKED = 0.25
const NAMES = { checkpoints: 'checkpoint', source: 'source', tokens: 'token' } as const

/** Rotates to the next key of a set, while records of the previous key are on their way. */
export function turnKey(world: World, random: Random): void {
  const { keys, faults, kernel } = world
  const set = random.pick(['checkpoints', 'source', 'macs', 'tokens', 'thief'] as const)
  if (set === 'thief') return denyTokenKey(world)
  if (set === 'macs') {
    faults.count('stamp key turned')
    return turnStamps(world)
  }
  const isRevoked = set === 'checkpoints' && random.chance(REVOKED)
  const turned = turnedSet(keys[set], EPOCH_MS + kernel.nowMs, isRevoked)
  if (turned === undefined) return
  keys[set] = turned
  const what = isRevoked ? 'key revoked' : `${NAMES[set]} key turned`
  faults.count(what)
  kernel.log('KEYS', what)
}

/** The key that signs tokens was stolen: it is denied, and the next one signs. */
function denyTokenKey(world: World): void {
  const [target, next] = tokenSigners(world)
  if (target === undefined || next === undefined) return
  world.faults.count('token key denied')
  world.voices.get('security')?.({ kind: 'denied', scope: 'key', target })
}

/** Returns `undefined` if no key waits. Every set is published whole from the start, as rotation requires. */
function turnedSet(
  keys: readonly TimedSigningKey[],
  nowMs: number,
  isRevoked: boolean,
): readonly TimedSigningKey[] | undefined {
  const old = signingKey(keys, nowMs)
  const next = keys.find((key) => key.signsFromMs === undefined && isPublished(key, nowMs))
  if (old === undefined || next === undefined) return undefined
  const over = isRevoked ? { revokedMs: nowMs } : { publishedUntilMs: nowMs + KEPT_MS }
  return keys.map((key) => {
    if (key === old) return { ...key, ...over }
    return key === next ? { ...key, signsFromMs: nowMs } : key
  })
}

function turnStamps({ keys, kernel }: World): void {
  const next = macKey(keys.macs.believed.length + 1)
  kernel.log('KEYS', 'stamps get another key')
  keys.macs = { ...keys.macs, believed: [...keys.macs.believed, next] }
  kernel.after(LEAD_MS, () => {
    keys.macs = { ...keys.macs, stamping: next }
  })
  kernel.after(LEAD_MS + KEPT_MS, () => {
    keys.macs = { ...keys.macs, believed: keys.macs.believed.slice(1) }
  })
}
