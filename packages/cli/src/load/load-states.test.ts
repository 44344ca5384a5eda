import { acmeRegistry } from '@freshet/testkit'
import type { StatedKind } from '@freshet/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { awaitedStates } from './awaited-states.ts'
import { loadFile } from './load.ts'
import { loadName } from './load-plan.ts'
import { LOAD_ISS, loadRequest, loadWorld, WRITTEN_AT_MS, type LoadWorld } from './load-world.ts'

let world: LoadWorld
beforeEach(async () => {
  world = await loadWorld()
})
afterEach(() => world.dispose())

const CLAIM = '{"subject":"alice","claim":"groups","value":["staff"]}'
const ACCOUNT = '{"subject":"alice","account":"enabled"}'
const CUT_OFF = '{"op":"cut-off","scope":"client","target":"shop-web"}'
const DENIAL = '{"op":"deny","scope":"key","target":"at-2026-11"}'

const begins = () => world.changes().filter(({ kind }) => kind === 'snapshot-begin')
const registry = acmeRegistry()

async function load(lines: readonly string[], more: Parameters<typeof loadRequest>[1] = {}) {
  const path = await world.file('lines.jsonl', lines.join('\n'))
  return loadFile(loadRequest(path, more), world.parts({ registry }))
}

describe('a file with accounts', () => {
  it('announces them, and states each by an account change of the version of its begin', async () => {
    const inFull = `{"subject":{"format":"iss_sub","iss":"${LOAD_ISS}","sub":"bob"},"account":"disabled"}`
    await load([CLAIM, ACCOUNT, inFull])
    expect(begins()).toMatchObject([{ states: ['accounts'] }])
    const { sourceVersion } = begins()[0] ?? {}
    const subject = { tenant: 'acme', iss: LOAD_ISS, sub: 'alice' }
    expect(world.changes().slice(1, -1)).toMatchObject([
      { kind: 'claim', op: 'set', subject },
      { kind: 'account', op: 'enabled', subject, sourceVersion },
      { kind: 'account', op: 'disabled', subject: { ...subject, sub: 'bob' }, sourceVersion },
    ])
  })

  it('has them in a column of CSV', async () => {
    const rows = 'subject,claim,value,account\nalice,groups,staff|ops,\nalice,,,enabled\n'
    await loadFile(loadRequest(await world.file('hr.csv', rows)), world.parts({ registry }))
    await loadFile(
      loadRequest(await world.file('accounts.csv', 'subject,account\nbob,deleted\n')),
      world.parts({ registry }),
    )
    expect(begins()).toMatchObject([{ states: ['accounts'] }, { states: ['accounts'] }])
    expect(world.changes().filter(({ kind }) => kind === 'account')).toMatchObject([
      { op: 'enabled', subject: { sub: 'alice' } },
      { op: 'deleted', subject: { sub: 'bob' } },
    ])
  })

  it('control: one of claims alone announces nothing', async () => {
    await load([CLAIM])
    expect(begins()[0]).not.toHaveProperty('states')
  })
})

describe('a file with cut-offs', () => {
  it('announces them, and states each', async () => {
    await load([CUT_OFF, DENIAL], { source: 'security' })
    expect(begins()).toMatchObject([{ states: ['cut-offs'] }])
    expect(world.changes().slice(1, -1)).toMatchObject([
      { kind: 'cut-off', scope: 'client', target: 'shop-web' },
      { kind: 'deny', scope: 'key', target: 'at-2026-11' },
    ])
  })

  it('can have none, if the command states that none is in force', async () => {
    await load([], { source: 'security', states: ['cut-offs'] })
    expect(world.changes()).toMatchObject([
      { kind: 'snapshot-begin', states: ['cut-offs'] },
      { kind: 'snapshot-end' },
    ])
  })
})

describe('the announced states', () => {
  const as = async (states: readonly StatedKind[]) => {
    const { begin } = await load([CLAIM], { states, restart: true })
    return begin
  }

  it('are part of the names of the events', async () => {
    const names = new Set([await as([]), await as(['accounts']), await as([])])
    expect(names.size).toBe(2)
  })

  it('control: a load without them has the names that earlier releases gave it', () => {
    const of = { source: 'hr', tenant: 'acme', iss: LOAD_ISS, fileHash: 'abc', occurredAtMs: 7 }
    const name = loadName({ ...of, version: { epoch: 0n, n: 7n } })
    expect(name).toBe('load-6UJUxhylFtb6pN_pM9rxXF')
  })

  it('are kept by an interrupted load', async () => {
    world.plan.push(
      (all) => all.map((each) => world.accept(each)),
      () => [{ status: 422, detail: 'no' }],
    )
    await expect(load([ACCOUNT])).rejects.toThrow('no')
    expect(await load([ACCOUNT])).toMatchObject({ resumedAt: 1, sent: 2 })
    expect(begins()).toMatchObject([{ states: ['accounts'] }])
  })

  it('cannot become others during a load', async () => {
    await load([CLAIM])
    await expect(load([CLAIM], { states: ['accounts'] })).rejects.toThrow('belongs to another load')
  })

  it('of another source are refused before anything is sent', async () => {
    await expect(load([CLAIM], { states: ['cut-offs'] })).rejects.toThrow(
      'hr does not send cut-offs',
    )
    expect(world.batches).toEqual([])
  })
})

describe('a line of state beside claims', () => {
  it.each<[string, string, string, string]>([
    [
      'of an account that a line before has',
      'hr',
      ACCOUNT,
      'states the same thing as a line before',
    ],
    [
      'of the same account in the other form',
      'hr',
      `{"subject":{"iss":"${LOAD_ISS}","sub":"alice"},"account":"deleted"}`,
      'states the same thing as a line before',
    ],
    [
      'of an account in another state',
      'hr',
      '{"subject":"bob","account":"sessions-revoked"}',
      'account must be one of enabled, disabled, deleted',
    ],
    ['of a cut-off of another source', 'hr', DENIAL, 'source hr may not cut off or deny'],
    [
      'of a cut-off in an unknown scope',
      'hr',
      '{"op":"cut-off","scope":"key","target":"at-1"}',
      'scope must be one of tenant, client',
    ],
    ['of another operation', 'hr', '{"op":"add","scope":"key","target":"x"}', 'op must be one of'],
    [
      'with a subject of other members',
      'hr',
      '{"subject":{"sub":"bob","tenant":"acme"},"account":"enabled"}',
      'subject has a member that is none of format, iss, sub',
    ],
    [
      'with two identity providers',
      'hr',
      `{"subject":{"sub":"bob","iss":"${LOAD_ISS}"},"iss":"${LOAD_ISS}","account":"enabled"}`,
      'iss is there twice',
    ],
    [
      'with an account and a claim',
      'hr',
      '{"subject":"bob","account":"enabled","claim":"groups","value":[]}',
      'has a member that is none of subject, iss, account',
    ],
  ])('%s is named with its rule before anything is sent', async (_, source, bad, problem) => {
    await expect(load([ACCOUNT, bad], { source })).rejects.toThrow('nothing was sent')
    expect(world.printed[0]).toContain(`line 2: ${problem}`)
    expect(world.batches).toEqual([])
  })

  it('of an account is for the account source alone', async () => {
    await expect(load([ACCOUNT], { source: 'iga' })).rejects.toThrow('nothing was sent')
    expect(world.printed).toEqual(['line 1: only source hr speaks of accounts, not iga'])
  })
})

describe('a control partition that waits for accounts', () => {
  const waiting = (more: Partial<Parameters<typeof awaitedStates>[0]> = {}) =>
    awaitedStates({
      states: ['accounts'],
      partitions: [{ partition: 0, condition: 'halted' }],
      ...more,
    })
  const loadWith = async (line: string, states: readonly StatedKind[]) => {
    const path = await world.file('hr.jsonl', line)
    const parts = world.parts({ registry, awaited: () => Promise.resolve({ states, afterMs: 0 }) })
    return loadFile(loadRequest(path), parts)
  }

  it('is named before a file without accounts is sent, with the lines to add', async () => {
    await loadWith(CLAIM, waiting())
    expect(world.printed).toEqual([
      'partition 0 waits for a snapshot of hr with accounts, and this file has none: ' +
        'add a line for each account, like {"subject":"alice","account":"enabled"}; or --states accounts if none exists',
    ])
  })

  it('control: is not named for a file with accounts', async () => {
    await loadWith(ACCOUNT, waiting())
    expect(world.printed).toEqual([])
  })

  it('is one that is halted or has a gap, of a source that sends such state', () => {
    const of = (partition: number, condition: string) =>
      waiting({ partitions: [{ partition, condition }] })
    expect(of(0, 'hole')).toEqual(['accounts'])
    expect(of(0, 'silent')).toEqual([])
    expect(of(3, 'halted')).toEqual([])
    expect(awaitedStates({ partitions: [{ partition: 0, condition: 'halted' }] })).toEqual([])
  })
})

describe('a file that is older than an activation that gave its source a claim', () => {
  const loadAfter = async (afterMs: number) => {
    const path = await world.file('hr.jsonl', CLAIM)
    const parts = world.parts({ registry, awaited: () => Promise.resolve({ states: [], afterMs }) })
    return loadFile(loadRequest(path), parts)
  }

  it('is not sent, and the error has both times', async () => {
    const refused = await loadAfter(WRITTEN_AT_MS).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      message: expect.stringContaining('is older than the newest activation for its source'),
      why: expect.stringContaining(new Date(WRITTEN_AT_MS).toISOString()),
      next: expect.stringContaining('write the file anew'),
    })
    expect(world.batches).toEqual([])
  })

  it('control: is sent if it was written after that', async () => {
    await expect(loadAfter(WRITTEN_AT_MS - 1)).resolves.toMatchObject({ lines: 1 })
  })
})
