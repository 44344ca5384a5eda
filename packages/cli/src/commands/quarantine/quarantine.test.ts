import type { QuarantinedJson, ReplayAnswer } from '@freshet/insight/answers'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingShell } from '../../recording-shell.ts'
import { runCommand } from '../../run-command.ts'

const ID = '3-k8JxUu1Vt0m2rQ0pZc9y4A'
const OTHER = '4-aaaaaaaaaaaaaaaaaaaaaa'
const place = { e: '1', offset: '41', at: '2026-11-24T10:00:00.000Z' }
const quarantined: QuarantinedJson = {
  id: ID,
  state: 'open',
  reason: 'event.malformed',
  rule: '/data/op is not one of those that are known',
  topic: 'freshet.changes.v1',
  partition: 3,
  tenant: 'acme',
  source: 'hr',
  change: 'hr-1',
  proven: true,
  first: place,
  last: place,
  arrivals: 1,
  bytes: 512,
  replays: 0,
  outcome: null,
  decided: null,
}
const unproven: QuarantinedJson = {
  ...quarantined,
  id: OTHER,
  reason: 'event.unauthentic',
  tenant: null,
  change: null,
  proven: false,
  arrivals: 7,
}
const counts = [
  {
    topic: quarantined.topic,
    reason: quarantined.reason,
    state: 'open',
    records: 1,
    oldestAt: place.at,
  },
]
const inDoubt = {
  claims: [
    {
      subject: '["acme","https://idp.example","amy"]',
      claim: 'groups',
      settled: false,
      settles: { e: '1', partition: 3, offset: '41' },
    },
  ],
  halted: [],
  resolvedBy: ['the owner of groups sends a set for each subject whose settles names the record'],
}

let dir: string
let server: Server
let url: string
let requests: { readonly route: string; readonly body: unknown }[]
let answers: Record<string, readonly [status: number, body: unknown]>

beforeEach(async () => {
  requests = []
  answers = {}
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const route = `${request.method} ${request.url}`
      requests.push({ route, body: body === '' ? null : (JSON.parse(body) as unknown) })
      const [status, answer] = answers[route] ?? [
        404,
        { code: 'request.not-found', detail: 'None.' },
      ]
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${Object(server.address())['port']}`
  dir = await mkdtemp(join(tmpdir(), 'freshet-quarantine-'))
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true, force: true })
})

async function freshet(...args: readonly string[]) {
  const shell = recordingShell({ cwd: dir, env: { FRESHET_URL: url, FRESHET_TOKEN: 'operator' } })
  const code = await runCommand(['quarantine', ...args], shell)
  return { code, ...shell.written() }
}

describe('quarantine ls', () => {
  it('prints the number for each reason, and each record; a sender in brackets is not proven', async () => {
    const list = { apiVersion: 'x', items: [quarantined, unproven], next: `1.${OTHER}`, counts }
    answers['GET /v1/quarantine?source=hr&state=waiting&limit=50'] = [200, list]
    const { code, out } = await freshet('ls', '--source', 'hr', '-o', 'wide')
    expect(code).toBe(0)
    expect(out).toBe(`REASON           STATE  RECORDS  OLDEST
event.malformed  open         1  2026-11-24T10:00:00.000Z

ID                        STATE  REASON             SOURCE  TENANT  PLACE  FOUND                     ARRIVALS
3-k8JxUu1Vt0m2rQ0pZc9y4A  open   event.malformed    hr      acme    3/41   2026-11-24T10:00:00.000Z  1
4-aaaaaaaaaaaaaaaaaaaaaa  open   event.unauthentic  (hr)    -       3/41   2026-11-24T10:00:00.000Z  7
more: --after 1.4-aaaaaaaaaaaaaaaaaaaaaa
`)
  })

  it('gives the console’s answer as data', async () => {
    const list = { apiVersion: 'x', items: [quarantined], next: null, counts }
    answers['GET /v1/quarantine?state=any&limit=2&after=1.x'] = [200, list]
    const args = ['ls', '--state', 'any', '--limit', '2', '--after', '1.x', '-o']
    expect(JSON.parse((await freshet(...args, 'json')).out)).toEqual(list)
    expect(JSON.parse((await freshet(...args, 'jsonl')).out)).toEqual(quarantined)
  })

  it('selects by error code, in the earlier spelling with a warning', async () => {
    await freshet('ls', '--code', 'event.flood')
    const { err } = await freshet('ls', '--reason', 'event.flood')
    expect(requests.map(({ route }) => route)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('reason=event.flood') as string),
    )
    expect(err).toContain('warning: use --code <code>; --reason <code> is its earlier spelling\n')
  })

  it('turns an age into a moment', async () => {
    await freshet('ls', '--older-than', '10m')
    expect(requests[0]?.route).toMatch(/before=20\d\d-.*Z&state=waiting/)
  })
})

describe('quarantine get', () => {
  const detail = {
    ...quarantined,
    inDoubt,
    content: {
      keyBytes: 40,
      valueBytes: 300,
      headers: [
        { name: 'ce_id', bytes: 4, text: 'hr-1' },
        { name: 'ce_freshetmac', bytes: 43, text: null },
      ],
      moreHeaders: 0,
    },
  }

  it('shows reason, place, headers, what is in doubt and what resolves it', async () => {
    answers[`GET /v1/quarantine/${ID}`] = [200, detail]
    expect((await freshet('get', ID)).out).toBe(`record  ${ID}
state   open
reason  event.malformed: /data/op is not one of those that are known
source  hr
tenant  acme
change  hr-1
place   freshet.changes.v1 3/41, incarnation 1
found   2026-11-24T10:00:00.000Z
size    512 bytes

HEADER         BYTES  TEXT
ce_id          4      hr-1
ce_freshetmac  43     …
key 40, value 300 bytes

IN DOUBT  SUBJECT                               UNTIL A SET SETTLES
groups    ["acme","https://idp.example","amy"]  {"e":"1","partition":3,"offset":"41"}
resolved by: the owner of groups sends a set for each subject whose settles names the record
`)
  })

  it('writes the raw bytes to a file of its own, for its owner alone, and shows none', async () => {
    const value = Buffer.from('{"value":["secret"]}')
    answers[`GET /v1/quarantine/${ID}/record`] = [200, { value: value.toString('base64') }]
    const { code, out, err } = await freshet('get', ID, '--raw', 'record.json')
    expect([code, out, err]).toEqual([0, '', '20 bytes written to record.json\n'])
    const file = join(dir, 'record.json')
    expect(await readFile(file)).toEqual(value)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await freshet('get', ID, '--raw', 'record.json')).code).toBe(1)
    expect((await freshet('get', ID, '--raw', '-')).out).toBe(value.toString())
  })

  it('is 3 for a record that is not known, and 5 for who may not', async () => {
    expect((await freshet('get', 'x')).code).toBe(3)
    answers[`GET /v1/quarantine/${ID}/record`] = [403, { code: 'request.forbidden' }]
    expect((await freshet('get', ID, '--raw', '-')).code).toBe(5)
  })
})

describe('quarantine replay', () => {
  const list = (
    query: string,
    items: readonly QuarantinedJson[],
    next: string | null = null,
  ): void => {
    answers[`GET /v1/quarantine?${query}`] = [200, { apiVersion: 'x', items, next, counts }]
  }
  const replaying = (id: string, answer: Partial<ReplayAnswer>, query = ''): void => {
    answers[`POST /v1/quarantine/${id}/replay${query}`] = [200, { id, ...answer }]
  }

  it('prints with --dry-run the result for each, and sends nothing else', async () => {
    list('source=hr&limit=101', [quarantined, unproven])
    const refused = { code: 'event.forbidden', rule: 'not its claim' }
    replaying(ID, { result: 'would', becomes: 'applied' }, '?dryRun=true')
    replaying(OTHER, { result: 'refused', why: 'still-refused', ...refused }, '?dryRun=true')
    const args = ['replay', '--source', 'hr', '--dry-run', '--rate', '50']
    const { code, out, err } = await freshet(...args, '--gateway', url)
    expect(code).toBe(0)
    expect(out).toBe(`${ID}  would become applied
${OTHER}  not sent: still-refused (event.forbidden: not its claim)
`)
    expect(err).toBe(`at ${url}\n1 would become applied; 1 not sent: still-refused\n`)
    expect(
      requests.filter(({ route }) => route.startsWith('POST')).map(({ route }) => route),
    ).toEqual([
      `POST /v1/quarantine/${ID}/replay?dryRun=true`,
      `POST /v1/quarantine/${OTHER}/replay?dryRun=true`,
    ])
  })

  it('replays page by page up to --max, prints the reasons, and ends with 1 if something is left undone', async () => {
    list('reason=event.malformed&limit=3', [quarantined, unproven], '1.x')
    list('reason=event.malformed&limit=3&after=1.x', [
      { ...quarantined, id: `5-${'b'.repeat(22)}` },
    ])
    replaying(ID, { result: 'taken', outcome: 'applied' })
    replaying(OTHER, { result: 'sent', outcome: 'pending' })
    const args = ['replay', '--code', 'event.malformed', '--reason', 'fixed', '--rate', '50']
    const { code, out, err } = await freshet(...args, '--max', '2', '--gateway', url, '-o', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      items: [{ result: 'taken' }, { result: 'sent' }],
      summary: { applied: 1, sent: 1 },
      isMore: true,
    })
    expect(err).toContain('more wait')
    expect(requests.find(({ route }) => route.startsWith('POST'))?.body).toEqual({
      reason: 'fixed',
    })
  })

  it('selects by the code in the earlier spelling too, with a warning', async () => {
    list('reason=event.malformed&limit=101', [quarantined])
    replaying(ID, { result: 'taken', outcome: 'applied' })
    const args = ['replay', '--reason', 'event.malformed', '--because', 'fixed']
    const { code, err } = await freshet(...args, '--gateway', url)
    expect(code).toBe(0)
    expect(err).toContain('warning: use --code <code>; --reason <code>')
    expect(err).toContain('warning: use --reason <text>; --because <text>')
    expect(requests.find(({ route }) => route.startsWith('POST'))?.body).toEqual({
      reason: 'fixed',
    })
  })

  it('does not select all records of a source by an error code that it does not know', async () => {
    list('source=hr&reason=event.typo&limit=101', [])
    const args = ['replay', '--source', 'hr', '--reason', 'event.typo', '--gateway', url]
    const { code } = await freshet(...args)
    expect(code).toBe(0)
    expect(requests.map(({ route }) => route)).toEqual([
      expect.stringContaining('reason=event.typo'),
    ])
  })

  it('takes the ids that are given, and needs them, a narrowing, or --all', async () => {
    replaying(ID, { result: 'taken', outcome: 'repeat' })
    expect(await freshet('replay', ID, '--gateway', url)).toMatchObject({
      code: 0,
      out: `${ID}  repeat\n`,
    })
    expect((await freshet('replay', '--gateway', url)).code).toBe(2)
    expect((await freshet('replay', ID, '--all', '--gateway', url)).code).toBe(2)
  })
})

describe('quarantine clear', () => {
  const item = { claim: 'groups', id: 'clear-doubt-x' }

  it('needs a reason, and prints the claims that were cleared and those that are left', async () => {
    expect((await freshet('clear', ID, '--gateway', url)).code).toBe(2)
    const cleared = { id: ID, result: 'cleared', items: [item], left: inDoubt.claims, halted: [] }
    answers[`POST /v1/quarantine/${ID}/clear`] = [202, cleared]
    const args = ['--reason', 'known', '--claim', 'groups', '--gateway', url]
    const { code, out } = await freshet('clear', ID, ...args)
    expect(code).toBe(0)
    expect(out).toBe(`${ID}  cleared: groups by clear-doubt-x
IN DOUBT  SUBJECT                               UNTIL A SET SETTLES
groups    ["acme","https://idp.example","amy"]  {"e":"1","partition":3,"offset":"41"}
`)
    expect(requests.at(-1)?.body).toEqual({ claim: 'groups', reason: 'known' })
  })

  it('ends with 1 where nothing was in doubt', async () => {
    const unchanged = { id: ID, result: 'unchanged', items: [], left: [], halted: [] }
    answers[`POST /v1/quarantine/${ID}/clear`] = [200, unchanged]
    const { code, out } = await freshet('clear', ID, '--reason', 'x', '--gateway', url)
    expect([code, out]).toEqual([1, `${ID}  none of its claims is in doubt\n`])
  })
})

describe('quarantine drop', () => {
  it('needs a reason, and prints the claims that stay in doubt and the events that resolve it', async () => {
    expect((await freshet('drop', ID, '--gateway', url)).code).toBe(2)
    const dropped = { id: ID, result: 'dropped', state: 'dropped', decided: null, inDoubt }
    answers[`POST /v1/quarantine/${ID}/drop`] = [200, dropped]
    const { code, out } = await freshet('drop', ID, '--reason', 'astray', '--gateway', url)
    expect(code).toBe(0)
    expect(out).toBe(`${ID}  dropped
IN DOUBT  SUBJECT                               UNTIL A SET SETTLES
groups    ["acme","https://idp.example","amy"]  {"e":"1","partition":3,"offset":"41"}
resolved by: the owner of groups sends a set for each subject whose settles names the record
`)
    expect(requests.at(-1)?.body).toEqual({ reason: 'astray' })
  })

  it('ends with 1 where the record was closed before', async () => {
    const decided = { by: 'ben', at: place.at, reason: 'first' }
    const unchanged = { id: ID, result: 'unchanged', state: 'dropped', decided, inDoubt }
    answers[`POST /v1/quarantine/${ID}/drop`] = [200, unchanged]
    const { code, out } = await freshet('drop', ID, '--reason', 'astray', '--gateway', url)
    expect(code).toBe(1)
    expect(out).toContain('is dropped already by ben at 2026-11-24T10:00:00.000Z: first')
  })
})
