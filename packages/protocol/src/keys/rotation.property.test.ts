import fc from 'fast-check'
import { describe, it } from 'vitest'
import { planRotation } from './plan-rotation.ts'
import { isPublished, keyStates, signingKey, type TimedKey } from './timed-key.ts'

const LEAD_MS = 900_000
const KEEP_MS = 90_000_000
/** The longest time for which a signature is verified. */
const LIFE_MS = 86_400_000

/** An operator's action, and the quiet time before it. */
const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 2 * LEAD_MS }),
  /** Which of the keys is revoked, from the first on; none otherwise. */
  revoked: fc.option(fc.nat({ max: 5 }), { nil: undefined, freq: 4 }),
})

interface Signature {
  readonly kid: string
  readonly atMs: number
  readonly isForced: boolean
}

/** Makes the rotations on a clock that never steps back, and records the signing key before each step. */
function history(
  steps: readonly { readonly afterMs: number; readonly revoked: number | undefined }[],
) {
  let keys: readonly TimedKey[] = []
  let nowMs = 1_795_000_000_000
  const signatures: Signature[] = []
  const sets: { readonly keys: readonly TimedKey[]; readonly atMs: number }[] = []
  const forced = new Set<string>()
  for (const [n, { afterMs, revoked }] of steps.entries()) {
    nowMs += afterMs
    const before = signingKey(keys, nowMs)
    if (before) signatures.push({ kid: before.kid, atMs: nowMs, isForced: forced.has(before.kid) })
    const victim = revoked === undefined ? undefined : keys[revoked]?.kid
    const revoke = new Set(victim === undefined ? [] : [victim])
    const fresh = [`${n}a`, `${n}b`] as const
    const plan = planRotation(keys, { nowMs, leadMs: LEAD_MS, keepMs: KEEP_MS, revoke, fresh })
    if (plan.kind === 'rotate') keys = plan.keys
    const after = signingKey(keys, nowMs)
    if (after && (before === undefined || revoke.has(before.kid))) forced.add(after.kid)
    sets.push({ keys, atMs: nowMs })
  }
  return { signatures, sets }
}

const forAll = (holds: (made: ReturnType<typeof history>) => boolean): void =>
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => holds(history(steps))),
  )

describe('whatever is rotated and revoked, and when', () => {
  it('one key signs and at least one waits', () => {
    forAll(({ sets }) =>
      sets.every(({ keys, atMs }) => {
        const states = keyStates(keys, atMs).map(({ state }) => state)
        return states.filter((state) => state === 'signing').length === 1 && states.includes('next')
      }),
    )
  })

  it('no key signs before it was published for the lead, unless the one before it was revoked', () => {
    forAll(({ signatures, sets }) =>
      signatures.every(({ kid, atMs, isForced }) => {
        if (isForced) return true
        const added = sets.flatMap(({ keys }) => keys.find((key) => key.kid === kid)?.addedMs ?? [])
        return (added[0] ?? 0) + LEAD_MS <= atMs
      }),
    )
  })

  it('what a key signed can be verified for as long as it lives, unless the key was revoked', () => {
    forAll(({ signatures, sets }) =>
      signatures.every(({ kid, atMs }) =>
        sets.every((set) => {
          if (set.atMs < atMs || set.atMs > atMs + LIFE_MS) return true
          const key = set.keys.find((each) => each.kid === kid)
          return key !== undefined && (key.revokedMs !== undefined || isPublished(key, set.atMs))
        }),
      ),
    )
  })

  it('a key that was superseded never signs again', () => {
    forAll(({ signatures }) => {
      const order = signatures.map(({ kid }) => kid).filter((kid, n, all) => kid !== all[n - 1])
      return new Set(order).size === order.length
    })
  })

  it('a revoked key neither signs nor is published', () => {
    forAll(({ sets }) =>
      sets.every(({ keys, atMs }) => {
        const revoked = keys.filter(({ revokedMs }) => revokedMs !== undefined)
        const signing = signingKey(keys, atMs)
        return revoked.every((key) => key !== signing && !isPublished(key, atMs))
      }),
    )
  })
})
