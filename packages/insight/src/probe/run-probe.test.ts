import { describe, expect, it } from 'vitest'
import type { ProbeProgress, ProbeWorld } from './probe-world.ts'
import { runProbe } from './run-probe.ts'
import type { ProbeRun } from './probe-run.ts'

const WITHIN_MS = 1_000
const recorded: ProbeProgress = {
  stages: [
    { step: 'append', edge: null, atMs: 1, clock: 'broker' },
    { step: 'record', edge: null, atMs: 2, clock: 'reconciler' },
  ],
  missing: [],
  isApplied: false,
}
const published: ProbeProgress = {
  stages: [...recorded.stages, { step: 'publish', edge: null, atMs: 3, clock: 'broker' }],
  missing: ['b'],
  isApplied: false,
}
const applied: ProbeProgress = {
  stages: [...published.stages, { step: 'apply', edge: 'b', atMs: 4, clock: 'edge' }],
  missing: [],
  isApplied: true,
}
const allowed = { answer: 'allowed', summary: 'allow, fresh' } as const
const refused = { answer: 'refused', summary: 'deny, stale' } as const

/** A world in which everything holds but what is replaced, with what was called. */
function world(more: Partial<ProbeWorld> = {}): ProbeWorld & { readonly called: string[] } {
  const called: string[] = []
  let isRemoved = false
  const note = (name: string): Promise<void> => {
    called.push(name)
    return Promise.resolve()
  }
  return {
    called,
    targets: ['a', 'b'],
    grant: () => note('grant'),
    mint: () => note('mint').then(() => 'token'),
    ask: () => Promise.resolve(isRemoved ? refused : allowed),
    remove: () => {
      isRemoved = true
      return note('remove').then(() => 'change')
    },
    progress: () => Promise.resolve(applied),
    restore: () => note('restore'),
    ...more,
  }
}

/** Virtual time: only waiting takes any. */
function probe(probed: ProbeWorld): Promise<ProbeRun> {
  let now = 10_000
  const clock = {
    nowMs: () => now,
    sleep: (ms: number) => {
      now += ms
      return Promise.resolve()
    },
  }
  const { signal } = new AbortController()
  return runProbe(probed, { clock, withinMs: WITHIN_MS, everyMs: 100, signal })
}

const fails = () => Promise.reject(new Error('no answer'))

describe('a probe', () => {
  it('holds where every target lets the token in before its removal and refuses it after', async () => {
    const well = world()
    const { broken, tookMs, change, marks } = await probe(well)
    expect({ broken, tookMs, change }).toEqual({ broken: null, tookMs: 0, change: 'change' })
    expect(marks.map(({ step, at, clock }) => [step, at, clock])).toEqual([
      ['grant', null, 'probe'],
      ['mint', null, 'probe'],
      ['allowed', 'a', 'probe'],
      ['allowed', 'b', 'probe'],
      ['accept', null, 'probe'],
      ['append', null, 'broker'],
      ['record', null, 'reconciler'],
      ['publish', null, 'broker'],
      ['apply', 'b', 'edge'],
      ['denied', 'a', 'probe'],
      ['denied', 'b', 'probe'],
      ['restore', null, 'probe'],
    ])
    expect(well.called).toEqual(['grant', 'mint', 'remove', 'restore'])
  })

  it.each([
    ['grant', null, world({ grant: fails }), 'no answer'],
    ['mint', null, world({ mint: fails }), 'no answer'],
    ['allowed', 'a', world({ ask: () => Promise.resolve(refused) }), 'deny, stale'],
    ['accept', null, world({ remove: fails }), 'no answer'],
    ['record', null, stuck(undefined), 'not within 1000 ms'],
    ['publish', null, stuck(recorded), 'not within 1000 ms'],
    ['apply', 'b', stuck(published), 'not within 1000 ms'],
    ['denied', 'a', stuck(applied), 'not within 1000 ms: allow, fresh'],
    ['restore', null, world({ restore: fails }), 'no answer'],
  ])('that breaks says where: %s at %s', async (step, at, broken, why) => {
    const run = await probe(broken)
    expect(run.broken).toEqual({ step, at, why })
    // However it ended, what was found is put back.
    if (step !== 'restore') expect(broken.called.at(-1)).toBe('restore')
  })

  it('is not held by a target that refuses for not knowing: only a stale claim counts', async () => {
    let isRemoved = false
    const unsure = { answer: 'unclear', summary: 'deny, unverified' } as const
    const { broken, tookMs } = await probe(
      world({
        ask: () => Promise.resolve(isRemoved ? unsure : allowed),
        remove: () => {
          isRemoved = true
          return Promise.resolve('change')
        },
      }),
    )
    expect([broken?.step, broken?.why, tookMs]).toEqual([
      'denied',
      'not within 1000 ms: deny, unverified',
      null,
    ])
  })
})

/** The places never apply the removal, and the records have this progress. */
function stuck(progress: ProbeProgress | undefined): ReturnType<typeof world> {
  return world({ ask: () => Promise.resolve(allowed), progress: () => Promise.resolve(progress) })
}
