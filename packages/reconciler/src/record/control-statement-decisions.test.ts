import { CONTROL_PARTITION, type Change, type StatedKind } from '@freshet/protocol'
import { acmeRegistry, arrivalOf, createDecider, hrOrigin, type Decider } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

let at: Decider
let numbers: Map<string, number>
beforeEach(() => {
  at = createDecider(acmeRegistry({ cutOffs: ['security', 'hr'] }))
  numbers = new Map()
})

/** Counts a number of a source that never arrives. */
function lose(source: string): void {
  numbers.set(source, (numbers.get(source) ?? 0) + 1)
}

function send(change: Change): void {
  lose(change.source)
  const number = numbers.get(change.source) ?? 0
  at.take(arrivalOf(change, { partition: CONTROL_PARTITION, number }), CONTROL_PARTITION)
}

/** A source loses a record, and then sends a whole snapshot with these kinds of state. */
function recover(source: string, states: readonly StatedKind[]): void {
  lose(source)
  send({ ...hrOrigin(`${source}-b`, 5), source, kind: 'snapshot-begin', states })
  send({ ...hrOrigin(`${source}-e`, 5), source, kind: 'snapshot-end' })
}

/** Returns whether the source's heartbeat counts in the control partition. */
function counts(source: string): boolean {
  const throughMs = 1_000
  const last = BigInt(numbers.get(source) ?? 0)
  const heartbeat = { kind: 'heartbeat', tenant: 'acme', source, throughMs, last } as const
  at.take({ kind: 'heartbeat', heartbeat }, CONTROL_PARTITION)
  return at.world.feed(CONTROL_PARTITION, source)?.feed.throughMs === throughMs
}

describe('a snapshot answers in the control partition for what its begin announces (rule 51)', () => {
  test.each<[string, readonly StatedKind[], boolean]>([
    ['security', [], false],
    ['security', ['accounts'], false],
    ['security', ['cut-offs'], true],
    ['hr', [], false],
    ['hr', ['accounts'], false],
    ['hr', ['cut-offs'], false],
    ['hr', ['accounts', 'cut-offs'], true],
  ])('the gap of %s is answered by a snapshot with %j: %s', (source, states, isAnswered) => {
    recover(source, states)
    expect(counts(source)).toBe(isAnswered)
  })

  test('control: a source of claims alone can have lost nothing else', () => {
    recover('iga', [])
    expect(counts('iga')).toBe(true)
  })

  test('a snapshot of claims does not end the halt that one with accounts began', () => {
    lose('hr')
    send({ ...hrOrigin('b1', 5), kind: 'snapshot-begin', states: ['accounts', 'cut-offs'] })
    send({ ...hrOrigin('b2', 6), kind: 'snapshot-begin' })
    send({ ...hrOrigin('e2', 6), kind: 'snapshot-end' })
    expect(counts('hr')).toBe(false)
  })
})
