import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LiveChange } from '@freshet/insight/answers'
import { fixedChange } from '../../../test/fixed-status.ts'
import { answeringServer } from '../../../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../../../test/recorded-run.ts'
import { tailChanges } from './tail-changes.ts'

const AT = '2026-11-24T10:00:00.031Z'

function live(more: Partial<LiveChange> = {}): LiveChange {
  const { id, tenant, source, kind, op, claim, outcome, tightened, tokensMarked } = fixedChange()
  const change = { id, tenant, source, kind, op, claim, outcome, tightened, tokensMarked }
  const reach = { edges: { applied: 1, awaited: 2 }, state: 'published', completeMs: null }
  return { ...change, class: 'reduce', isProbe: false, at: AT, ...reach, ...more }
}

describe('change ls', () => {
  const run = async (line: string, items: readonly object[]): Promise<RecordedRun> => {
    await using server = await answeringServer()
    server.answers = { 'GET /v1/changes': [200, { apiVersion: 'freshet.dev/v1', items }] }
    const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 't' }
    return await recordedRun(line, { env })
  }
  const probe = fixedChange({ id: 'probe-1', isProbe: true })
  const items = [probe, fixedChange(), fixedChange({ id: 'hr-0', outcome: 'late' })]

  it('lists changes with their reach and outcome, and leaves those of probes out', async () => {
    const { code, out } = await run('change ls -o wide', items)
    expect(code).toBe(0)
    expect(out).toBe(
      `
CHANGE  SOURCE  WHAT           SUBJECT  STATE    TOKENS  EDGES   TOOK  RECORDED
hr-1    hr      remove groups  alice    applied       1    2/2  42 ms  2026-11-24T10:00:00.031Z
hr-0    hr      remove groups  alice    late          1    2/2  42 ms  2026-11-24T10:00:00.031Z
`.trimStart(),
    )
  })

  it('lists them with --probes, and at most as many as --limit allows', async () => {
    expect((await run('change ls --probes -o name', items)).out).toBe('probe-1\nhr-1\nhr-0\n')
    expect((await run('change ls --limit 1 -o name', items)).out).toBe('hr-1\n')
  })

  it('shows a change of all partitions once in a table, and each record of it as data', async () => {
    const wide = fixedChange({ id: 'activate-1', source: 'freshet' })
    const { out } = await run('change ls', [wide, wide, fixedChange()])
    expect(out.match(/^activate-1/gm)).toHaveLength(1)
    expect((await run('change ls -o name', [wide, wide])).out).toBe('activate-1\nactivate-1\n')
  })

  it('filters by the members of the route, and refuses an outcome that there is not', async () => {
    await using server = await answeringServer()
    server.answers = { 'GET /v1/changes': [200, { apiVersion: 'freshet.dev/v1', items }] }
    const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 't' }
    const filters = '--tenant acme --source hr --subject alice --outcome late'
    const since = '--since 2026-11-24T10:00:00Z'
    expect((await recordedRun(`change ls ${filters} ${since}`, { env })).code).toBe(0)
    expect(server.requests[0]?.search).toBe(
      '?tenant=acme&source=hr&subject=alice&outcome=late&since=2026-11-24T10%3A00%3A00.000Z&limit=100',
    )
    const { code, err } = await recordedRun('change ls --outcome foo', { env })
    expect([code, server.requests.length]).toEqual([2, 1])
    expect(err).toContain('Allowed are applied, noop, late, quarantined, doubtful, held.')
  })

  it('prints that there are none', async () => {
    expect((await run('change ls', [probe])).out).toBe('no changes\n')
  })
})

describe('change tail', () => {
  let server: Server
  let url: string
  /** The answer to each connection, in order. The last one stays open. */
  let answers: ((response: ServerResponse) => void)[]
  let lastIds: (string | undefined)[]

  beforeEach(async () => {
    lastIds = []
    server = createServer(({ headers }, response) => {
      lastIds.push(headers['last-event-id'] as string | undefined)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('retry: 2000\n\n: ping\n\nevent: gap\ndata: {"reason":"begun"}\n\n')
      answers.shift()?.(response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${Object(server.address())['port']}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const send = (id: string, change: LiveChange) => (response: ServerResponse) =>
    response.write(`id: ${id}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`)
  const freshet = (line: string): Promise<RecordedRun> =>
    recordedRun(line, { env: { FRESHET_URL: url, FRESHET_TOKEN: 't' } })

  it('prints each step of a change on a line, without the changes of probes', async () => {
    answers = [
      (response) => {
        send('r.1', live({ id: 'probe-1', isProbe: true }))(response)
        send('r.2', live())(response)
        const applied = { edges: { applied: 2, awaited: 2 }, state: 'applied', completeMs: 44.2 }
        send('r.3', live(applied))(response)
      },
    ]
    const { code, out, err } = await freshet('change tail --limit 2')
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(
      `
10:00:00  hr-1  hr  remove groups  published  edges 1/2, tokens 1
10:00:00  hr-1  hr  remove groups  applied  edges 2/2, tokens 1, in 44 ms
`.trimStart(),
    )
  })

  it('prints the events as JSON lines', async () => {
    answers = [send('r.1', live())]
    const { out } = await freshet('change tail --limit 1 -o jsonl')
    expect(JSON.parse(out)).toEqual(live())
  })

  it('goes on behind the last event when the stream ends, and reports the gap', async () => {
    const open = async (lastId: string | undefined, signal: AbortSignal) => {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      const { body } = await fetch(url, { headers, signal })
      if (body === null) throw new Error('no body')
      return body
    }
    answers = [
      (response) => {
        send('r.1', live())(response)
        response.end()
      },
      send('r.2', live({ id: 'hr-2' })),
    ]
    const seen: string[] = []
    const gaps: string[] = []
    const options = {
      open,
      probes: false,
      limit: 2,
      onChange: ({ id }: LiveChange) => void seen.push(id),
      onGap: (why: string) => void gaps.push(why),
      pause: () => Promise.resolve(),
    }
    await tailChanges(options, new AbortController().signal)
    expect([seen, gaps, lastIds]).toEqual([
      ['hr-1', 'hr-2'],
      ['the stream ended, will retry'],
      [undefined, 'r.1'],
    ])
  })

  it('ends with the refusal of the console', async () => {
    const refused = await recordedRun('change tail', {
      env: { FRESHET_URL: 'http://127.0.0.1:9', FRESHET_TOKEN: 't' },
      signal: AbortSignal.abort(),
    })
    expect(refused).toMatchObject({ code: 0, out: '' })
  })
})
