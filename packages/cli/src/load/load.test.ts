import { rm } from 'node:fs/promises'
import { BATCH_EVENTS_MAX } from '@freshet/source'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadFile } from './load.ts'
import {
  jsonLines,
  LOAD_ISS,
  loadRequest,
  loadWorld,
  WRITTEN_AT_MS,
  type LoadWorld,
  type Planned,
} from './load-world.ts'

let world: LoadWorld
beforeEach(async () => {
  world = await loadWorld()
})
afterEach(() => world.dispose())

const from = (first: bigint) => () => Promise.resolve({ gaps: [], from: first })
const taken: Planned = (all) => all.map((each) => world.accept(each))

describe('loading a file', () => {
  it('states it whole: a begin, a set for each line, an end, all of one version', async () => {
    const path = await world.file('hr.jsonl', jsonLines(2))
    expect(await loadFile(loadRequest(path), world.parts())).toEqual({
      begin: world.changes()[0]?.id,
      lines: 2,
      skipped: 0,
      resumedAt: 0,
      sent: 4,
    })
    expect(world.changes().map(({ kind }) => kind)).toEqual([
      'snapshot-begin',
      'claim',
      'claim',
      'snapshot-end',
    ])
    const version = { epoch: 0n, n: BigInt(WRITTEN_AT_MS) }
    for (const change of world.changes()) {
      expect(change).toMatchObject({ sourceVersion: version, occurredAtMs: WRITTEN_AT_MS })
    }
    const subject = { tenant: 'acme', iss: LOAD_ISS, sub: 's1' }
    expect(world.changes()[2]).toMatchObject({
      op: 'set',
      subject,
      claim: 'groups',
      values: ['staff'],
    })
  })

  it('reads CSV with quoted cells, several values in one, and none', async () => {
    const text = 'subject,claim,value,iss\nalice,groups,staff|a b,\n"o""neil, x",groups,,\n'
    await loadFile(loadRequest(await world.file('hr.csv', text)), world.parts())
    expect(world.changes().slice(1, -1)).toMatchObject([
      { subject: { sub: 'alice' }, values: ['staff', 'a b'] },
      { subject: { sub: 'o"neil, x' }, values: [] },
    ])
  })

  it('sends batches of at most 500 between the borders', async () => {
    await loadFile(loadRequest(await world.file('hr.jsonl', jsonLines(2_600))), world.parts())
    expect(world.batches[0]).toBe(1)
    expect(world.batches.at(-1)).toBe(1)
    expect(Math.max(...world.batches)).toBe(BATCH_EVENTS_MAX)
    expect(world.changes().at(-1)).toMatchObject({ kind: 'snapshot-end' })
    expect(world.changes().length).toBe(2_602)
  })

  it('numbers the events of a dense source without a gap, and sends them one batch at a time', async () => {
    const line = '{"subject":"a","claim":"entitlements","value":["x"]}'
    const other = line.replace('"a"', '"b"')
    const path = await world.file('iga.jsonl', `${line}\n${other}`)
    const numbering = () => Promise.resolve({ gaps: [], from: 41n })
    await loadFile(loadRequest(path, { source: 'iga' }), world.parts({ numbering }))
    expect(world.changes().map(({ sequence }) => sequence)).toEqual([41n, 42n, 43n, 44n])
    expect(world.atATime()).toBe(1)
  })
})

describe('the full statement of a source that numbers its events', () => {
  it('takes the sequences that never came first, and those above all others then', async () => {
    const lines = ['a', 'b', 'c'].map((subject) =>
      JSON.stringify({ subject, claim: 'entitlements', value: ['x'] }),
    )
    const path = await world.file('iga.jsonl', lines.join('\n'))
    const numbering = () => Promise.resolve({ gaps: [3n, 5n], from: 9n })
    await loadFile(loadRequest(path, { source: 'iga' }), world.parts({ numbering }))
    expect(world.changes().map(({ sequence }) => sequence)).toEqual([3n, 5n, 9n, 10n, 11n])
  })
})

describe('a full statement that is confirmed', () => {
  const ends = () => world.changes().filter(({ kind }) => kind === 'snapshot-end')

  it('prints so at its end, and can be empty', async () => {
    const path = await world.file('hr.jsonl', '\n')
    await loadFile(loadRequest(path, { confirm: true }), world.parts())
    expect(world.changes().map(({ kind }) => kind)).toEqual(['snapshot-begin', 'snapshot-end'])
    expect(ends()).toMatchObject([{ confirmed: true }])
  })

  it('after it had ended gets another end, once', async () => {
    const path = await world.file(
      'iga.jsonl',
      '{"subject":"a","claim":"entitlements","value":["x"]}',
    )
    const request = loadRequest(path, { source: 'iga' })
    const parts = world.parts({ numbering: from(7n) })
    const { begin } = await loadFile(request, parts)
    const confirmed = { ...request, confirm: true }
    expect(await loadFile(confirmed, parts)).toMatchObject({ begin, sent: 1 })
    expect(await loadFile(confirmed, parts)).toMatchObject({ begin, sent: 0 })
    expect(ends()).toMatchObject([{ sequence: 9n }, { sequence: 10n, confirmed: true }])
    expect(ends()[0]).not.toHaveProperty('confirmed')
  })
})

describe('an interrupted load', () => {
  it('goes on where it stopped, and repeats only what is recognised', async () => {
    const path = await world.file('hr.jsonl', jsonLines(2_600))
    const dies = () => {
      world.interrupt()
      throw new Error('killed')
    }
    world.plan.push(taken, taken, taken)
    world.plan.push(dies)
    await expect(loadFile(loadRequest(path), world.parts())).rejects.toThrow(/killed|aborted/)
    const before = world.changes().length
    expect(before).toBeLessThan(2_000)
    const { resumedAt, sent } = await loadFile(loadRequest(path), world.parts())
    expect(resumedAt).toBeGreaterThan(0)
    expect(sent).toBe(2_602 - resumedAt)
    expect(world.printed.at(-1)).toBe(`going on after ${resumedAt} of 2602 events`)
    expect(world.changes().length).toBe(2_602)
  })

  it('recognises everything where even the state file was lost', async () => {
    const path = await world.file('hr.jsonl', jsonLines(10))
    await loadFile(loadRequest(path), world.parts())
    await rm(`${path}.load.json`)
    await loadFile(loadRequest(path), world.parts())
    expect(world.changes().length).toBe(12)
  })

  it('that was finished sends nothing again', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    await loadFile(loadRequest(path), world.parts())
    expect(await loadFile(loadRequest(path), world.parts())).toMatchObject({
      sent: 0,
      resumedAt: 5,
    })
    expect(world.batches).toHaveLength(3)
  })

  it('keeps the numbers of a dense source', async () => {
    const path = await world.file(
      'iga.jsonl',
      '{"subject":"a","claim":"entitlements","value":["x"]}',
    )
    const as = loadRequest(path, { source: 'iga' })
    world.plan.push(taken, new Error('gone'), () => [{ status: 422, detail: 'no' }])
    await expect(loadFile(as, world.parts({ numbering: from(7n) }))).rejects.toThrow('no')
    await loadFile(as, world.parts({ numbering: from(8n) }))
    expect(world.changes().map(({ sequence }) => sequence)).toEqual([7n, 8n, 9n])
  })

  it('is not continued with another file, and starts over on request', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    await loadFile(loadRequest(path), world.parts())
    await world.file('hr.jsonl', jsonLines(4))
    await expect(loadFile(loadRequest(path), world.parts())).rejects.toThrow(
      'belongs to another load',
    )
    expect(await loadFile(loadRequest(path, { restart: true }), world.parts())).toMatchObject({
      sent: 6,
    })
  })

  it('a following file is begun anew where the one before had ended', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    const following = loadRequest(path, { follows: true })
    world.plan.push(taken, () => [{ status: 422, detail: 'no' }])
    await expect(loadFile(following, world.parts())).rejects.toThrow('no')
    await world.file('hr.jsonl', jsonLines(4))
    await expect(loadFile(following, world.parts())).rejects.toThrow('belongs to another load')
    await world.file('hr.jsonl', jsonLines(3))
    await loadFile(following, world.parts())
    await world.file('hr.jsonl', jsonLines(4))
    expect(await loadFile(following, world.parts())).toMatchObject({ sent: 6, resumedAt: 0 })
  })

  it('does not end a statement whose file changed meanwhile', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    world.plan.push(taken)
    const parts = world.parts()
    const post = async (body: string) => {
      await world.file('hr.jsonl', jsonLines(9))
      return world.post(body)
    }
    const delivery = { ...parts.delivery, post }
    await expect(loadFile(loadRequest(path), { ...parts, delivery })).rejects.toThrow('was changed')
    expect(world.changes().map(({ kind }) => kind)).not.toContain('snapshot-end')
  })
})
