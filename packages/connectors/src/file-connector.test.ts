import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hint, Row } from '@freshet/connect'
import type { SourceConnection } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileConnector, FILE_RECORD_BYTES_MAX } from './file-connector.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-file-'))
})
afterEach(() => rm(dir, { recursive: true }))

const { signal } = new AbortController()

function connectorOf(name: string, options: Readonly<Record<string, string>> = {}) {
  const connection: SourceConnection = {
    kind: 'file',
    at: join(dir, name),
    tenant: 'acme',
    settleMs: 0,
    intervalMs: 1_000,
    compareMs: 60_000,
    subject: { iss: 'https://id.acme.example', sub: '/id' },
    account: false,
    claims: new Map(),
    options: new Map(Object.entries(options)),
  }
  return fileConnector(connection, new ManualClock())
}

async function rowsOf(name: string, text: string, options = {}): Promise<readonly Row[]> {
  await writeFile(join(dir, name), text)
  return listed(name, options)
}

async function listed(name: string, options = {}): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const row of connectorOf(name, options).list?.(signal) ?? []) rows.push(row)
  return rows
}

/** Returns the kinds of the first hints after a cursor, and the cursor of the last of them. */
async function hintsOf(count: number, from?: string) {
  const kinds: Hint['kind'][] = []
  let cursor = ''
  for await (const hint of connectorOf('all.jsonl').hints?.(from, signal) ?? []) {
    kinds.push(hint.kind)
    if (hint.kind === 'drained') cursor = hint.cursor
    if (kinds.length === count) break
  }
  return { kinds, cursor }
}

const refused = { code: 'connect.unavailable' }

describe('a file of subjects', () => {
  it('is read as JSON lines', async () => {
    const text = '{"id":"alice","groups":["a","b"],"on":true}\n\n{"id":"bob","on":false}\n'
    expect(await rowsOf('all.jsonl', text, { enabled: 'on' })).toEqual([
      { key: 'alice', attributes: { id: 'alice', groups: ['a', 'b'], on: true }, enabled: true },
      { key: 'bob', attributes: { id: 'bob', on: false }, enabled: false },
    ])
  })

  it('is read as CSV, with lists in the named columns', async () => {
    const rows = await rowsOf('all.csv', 'id,groups,team\nalice,a|b,x|y\nbob,,\n', {
      lists: 'groups',
    })
    expect(rows.map(({ attributes }) => attributes)).toEqual([
      { id: 'alice', groups: ['a', 'b'], team: 'x|y' },
      { id: 'bob', groups: [], team: '' },
    ])
  })

  it('is read as LDIF, with folded lines and base64', async () => {
    const text = `version: 1\n\n# a comment\ndn: uid=alice,\n dc=acme\nuid: alice\nmember: a\nmember:: ${Buffer.from('ä').toString('base64')}\n\ndn: uid=bob,dc=acme\nuid: bob\n`
    const rows = await rowsOf('all.ldif', text, { key: 'dn' })
    expect(rows).toEqual([
      {
        key: 'uid=alice,dc=acme',
        attributes: { dn: 'uid=alice,dc=acme', uid: ['alice'], member: ['a', 'ä'] },
      },
      { key: 'uid=bob,dc=acme', attributes: { dn: 'uid=bob,dc=acme', uid: ['bob'] } },
    ])
  })

  it.each([
    ['cut off', 'all.jsonl', '{"id":"alice"}\n{"id":"b'],
    ['no JSON', 'all.jsonl', '{"id":\n'],
    ['without a key', 'all.jsonl', '{"name":"alice"}\n'],
    ['with uneven cells', 'all.csv', 'id,groups\nalice\n'],
    ['with changes', 'all.ldif', 'dn: uid=a\nchangetype: delete\n\n'],
    ['with too long a line', 'all.jsonl', `{"id":"${'a'.repeat(FILE_RECORD_BYTES_MAX)}"}\n`],
    ['empty', 'all.jsonl', ''],
  ])(
    'control: one that is %s comes to no end, so nothing of it is removed',
    async (_, name, text) => {
      await expect(rowsOf(name, text)).rejects.toMatchObject(refused)
    },
  )

  it('control: one that is not there is refused, and the message names it', async () => {
    await expect(listed('none.jsonl')).rejects.toThrow('none.jsonl')
  })

  it('control: one that is replaced while it is read comes to no end', async () => {
    await writeFile(join(dir, 'all.jsonl'), '{"id":"alice"}\n{"id":"bob"}\n')
    const list = connectorOf('all.jsonl').list?.(signal)[Symbol.asyncIterator]()
    await list?.next()
    await writeFile(join(dir, 'all.jsonl'), '{"id":"alice"}\n')
    const rest = async (): Promise<void> => {
      while ((await list?.next())?.done === false);
    }
    await expect(rest()).rejects.toMatchObject(refused)
  })

  it('gives a hint when its content changes, and none when it was only touched', async () => {
    const path = join(dir, 'all.jsonl')
    await writeFile(path, '{"id":"alice"}\n')
    const { kinds, cursor } = await hintsOf(2)
    expect(kinds).toEqual(['touched-all', 'drained'])
    await utimes(path, 1, 1)
    expect((await hintsOf(1, cursor)).kinds).toEqual(['drained'])
    await writeFile(path, '{"id":"bob"}\n')
    expect((await hintsOf(1, cursor)).kinds).toEqual(['touched-all'])
  })
})
