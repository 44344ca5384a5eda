import { partitionOf, type Arrival, type Change } from '@freshet/protocol'
import { AMY, arrivalOf, decisionWorld, groupsChange, hrOrigin } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const P = partitionOf(AMY)

/** The next event of the source. `lost`: it never arrives. `copy`: an earlier marker arrives again. */
type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'begin' | 'end' | 'lost' }
  | { readonly kind: 'set' | 'add'; readonly values: readonly string[] }
  | { readonly kind: 'copy'; readonly which: number }

const statements = fc.record({
  kind: fc.constantFrom('set' as const, 'add' as const),
  values: fc.subarray(['x', 'y', 'z'], { minLength: 1 }),
})
const markers = fc.record({ kind: fc.constantFrom('begin' as const, 'end' as const) })
const lost = fc.record({ kind: fc.constant('lost' as const) })
const copy = fc.record({ kind: fc.constant('copy' as const), which: fc.nat(9) })
const histories = fc.array(fc.oneof(markers, markers, statements, statements, lost, copy, copy), {
  minLength: 4,
  maxLength: 24,
})

const KINDS = { begin: 'snapshot-begin', end: 'snapshot-end' } as const

/**
 * Returns the state of the partition at the end. `age` is the time by which a copy is newer than its
 * original.
 */
function outcome(history: readonly Step[], { age = 0 } = {}): unknown {
  const world = decisionWorld()
  const markerChanges: { readonly change: Change; readonly number: number }[] = []
  const take = (change: Change, number: number): void => {
    const arrival: Arrival = arrivalOf(change, { partition: P, number })
    world.take(P, [arrival])
  }
  let number = 0
  for (const [at, step] of history.entries()) {
    const n = (at + 1) * 10
    if (step.kind === 'nothing') continue
    if (step.kind === 'copy') {
      const original = markerChanges[step.which % Math.max(1, markerChanges.length)]
      if (original === undefined) continue
      const { epoch, n: before } = original.change.sourceVersion
      world.forgetIds()
      take(
        { ...original.change, sourceVersion: { epoch, n: before + BigInt(age) } },
        original.number,
      )
      continue
    }
    number += 1
    if (step.kind === 'lost') continue
    if (step.kind === 'set' || step.kind === 'add') {
      take(groupsChange(`c${at}`, AMY, { op: step.kind, values: step.values, n }), number)
      continue
    }
    const change: Change = { ...hrOrigin(`s${at}`, n), kind: KINDS[step.kind] }
    markerChanges.push({ change, number })
    take(change, number)
  }
  return [world.meaning(), world.feed(P, 'hr')]
}

describe('borders of full statements that are appended once more', () => {
  const changesNothing = (how: { readonly age?: number }) =>
    fc.property(histories, (history) => {
      const without = history.map((step): Step =>
        step.kind === 'copy' ? { kind: 'nothing' } : step,
      )
      expect(outcome(history, how)).toEqual(outcome(without, how))
    })

  test('anywhere behind their own place change nothing, although no log remembers them', () => {
    fc.assert(changesNothing({}), { numRuns: 1_000 })
  })

  test('control: one that is newer than all before does', () => {
    expect(fc.check(changesNothing({ age: 1_000 }), { numRuns: 1_000 }).failed).toBe(true)
  })
})
