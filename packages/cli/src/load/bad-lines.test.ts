import { acmeRegistry } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadFile, type LoadParts } from './load.ts'
import { loadRequest, loadWorld, type LoadWorld } from './load-world.ts'

let world: LoadWorld
beforeEach(async () => {
  world = await loadWorld()
})
afterEach(() => world.dispose())

const parts = (): LoadParts => world.parts({ registry: acmeRegistry() })

describe('a line that cannot be loaded', () => {
  const good = '{"subject":"a","claim":"groups","value":["x"]}'

  it.each<[string, string, string]>([
    ['is no JSON', '{', 'line 2: '],
    ['is no object', '[]', 'line 2: must be an object'],
    [
      'repeats a member',
      '{"subject":"b","subject":"c","claim":"groups","value":[]}',
      'line 2: /subject',
    ],
    [
      'has a member too many',
      '{"subject":"b","claim":"groups","value":[],"op":"add"}',
      'line 2: has a member',
    ],
    ['has no subject', '{"claim":"groups","value":[]}', 'line 2: subject must be text'],
    ['has no value', '{"subject":"b","claim":"groups"}', 'line 2: value is missing'],
    ['nests its value', '{"subject":"b","claim":"groups","value":[["x"]]}', 'line 2: /value'],
    ['has an empty subject', '{"subject":"","claim":"groups","value":[]}', 'line 2: subject '],
    [
      'names an unknown claim',
      '{"subject":"b","claim":"shoe","value":[]}',
      'line 2: claim shoe is not in the registry',
    ],
    [
      'names a claim of another source',
      '{"subject":"b","claim":"entitlements","value":[]}',
      'line 2: claim entitlements belongs to source iga',
    ],
    [
      'gives a scalar two values',
      '{"subject":"b","claim":"department","value":["x","y"]}',
      'line 2: claim department has one value',
    ],
    ['repeats a claim of a subject', good, 'line 2: states the same thing as a line before'],
    ['holds a NUL', '\u0000', 'line 2: '],
    ['is too long', `{"subject":"${'x'.repeat(70_000)}"}`, 'line 2: has more than 65536 bytes'],
  ])('%s: is named with its rule before anything is sent', async (_, bad, problem) => {
    const path = await world.file('hr.jsonl', `${good}\n${bad}\n`)
    const loading = loadFile(loadRequest(path), parts())
    await expect(loading).rejects.toThrow('1 line cannot be loaded; nothing was sent.')
    expect(world.printed[0]).toContain(problem)
    expect(world.batches).toEqual([])
  })

  it.each([
    ['hr.jsonl', '{"subject":"b\u00ff","claim":"groups","value":[]}'],
    ['hr.csv', 'subject,claim,value\nb\u00ff,groups,x'],
  ])('of %s is one that is not UTF-8', async (name, text) => {
    const path = await world.file(name, Buffer.from(text, 'latin1'))
    await expect(loadFile(loadRequest(path), parts())).rejects.toThrow('nothing was sent')
    expect(world.printed).toEqual([expect.stringContaining('is not UTF-8')])
  })

  it('is left out where that was asked for, and counted', async () => {
    const path = await world.file('hr.jsonl', `${good}\n{\n${good.replace('"a"', '"b"')}\n`)
    const result = await loadFile(loadRequest(path, { skipBad: true }), parts())
    expect(result).toMatchObject({ lines: 2, skipped: 1, sent: 4 })
  })

  it.each([
    ['no header', 'alice,groups,staff\n', 'The first line does not name the columns.'],
    ['an unknown column', 'subject,claim,value,op\n', 'The first line does not name the columns.'],
    ['an open quote', 'subject,claim,value\n"a,b,c\n', 'is not CSV'],
  ])('of CSV: %s ends it at once', async (_, text, problem) => {
    const path = await world.file('hr.csv', text)
    await expect(loadFile(loadRequest(path, { skipBad: true }), parts())).rejects.toThrow(problem)
    expect(world.batches).toEqual([])
  })

  it('of CSV is one with too few cells', async () => {
    const path = await world.file('hr.csv', 'subject,claim,value\nalice,groups\nbob,groups,x\n')
    await loadFile(loadRequest(path, { skipBad: true }), parts())
    expect(world.printed).toEqual(['line 2: has not as many cells as the first line'])
    expect(world.changes().length).toBe(3)
  })

  it('is not made of a file that states nothing: it would take everything away', async () => {
    const path = await world.file('hr.jsonl', '\n\n')
    await expect(loadFile(loadRequest(path), parts())).rejects.toThrow('contains no lines')
  })
})
