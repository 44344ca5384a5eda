import { ManualClock } from '@freshet/testkit'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { EventRing, type Happening, type StreamEvent } from './event-ring.ts'
import { keepStream } from './keep-stream.ts'
import { StreamHub, type StreamClient } from './stream-hub.ts'
import { addStreamRoute } from './stream-route.ts'

const happening = (n: number): Happening => ({ type: 'change', data: { n } })
const numbers = (events: readonly StreamEvent[] | undefined): unknown =>
  events?.map(({ data }) => (JSON.parse(data) as { n: number }).n)

const reasons = (events: readonly StreamEvent[]): readonly (string | undefined)[] =>
  events.map(({ data }) => (JSON.parse(data) as { reason?: string }).reason)

describe('the ring of events', () => {
  it('gives again what came after an event', () => {
    const ring = new EventRing('run')
    const ids = [0, 1, 2].map((n) => ring.push(happening(n)).id)
    expect(numbers(ring.after(ids[0] ?? ''))).toEqual([1, 2])
    expect(ring.after(ids[2] ?? '')).toEqual([])
  })

  it.each(['other.0', 'run.3', 'run.-1', 'run.x', '', '9'])('knows nothing of %j', (id) => {
    const ring = new EventRing('run')
    ring.push(happening(0))
    expect(ring.after(id)).toBeUndefined()
  })

  it('holds 500, and says where something before is not known any more', () => {
    const ring = new EventRing('run')
    for (let n = 0; n < 501; n += 1) ring.push(happening(n))
    expect(ring.after('run.0')).toHaveLength(500)
    ring.push(happening(501))
    expect(ring.after('run.0')).toBeUndefined()
  })
})

interface Listening extends StreamClient {
  readonly seen: StreamEvent[]
  isEnded: boolean
}

function listening(more: Partial<StreamClient> = {}): Listening {
  const client: Listening = {
    admin: 'alice',
    seen: [],
    isEnded: false,
    send: (events) => client.seen.push(...events) > 0,
    ping: () => true,
    end: () => void (client.isEnded = true),
    ...more,
  }
  return client
}

describe('the hub', () => {
  let hub: StreamHub
  beforeEach(() => {
    hub = new StreamHub('run')
  })

  it('tells whoever comes back what it missed, and of a gap where that is not known', () => {
    const first = listening()
    hub.join(first, undefined)
    hub.publish([happening(0), happening(1)])
    const again = listening()
    hub.join(again, first.seen[1]?.id)
    expect(numbers(again.seen)).toEqual([1])
    const late = listening()
    hub.join(late, 'run-before.7')
    expect(late.seen).toMatchObject([{ type: 'gap', id: '' }])
  })

  it('has everybody ask anew once, behind the first look after coming: what was between is told by nobody', () => {
    const first = listening()
    hub.join(first, undefined)
    expect(first.seen).toEqual([])
    hub.publish([])
    const second = listening()
    hub.join(second, undefined)
    hub.publish([happening(0)])
    expect([first, second].map((client) => reasons(client.seen))).toEqual([
      ['begun', undefined],
      ['begun', undefined],
    ])
    hub.goBlind()
    hub.publish([])
    expect(reasons(first.seen).slice(2)).toEqual(['unavailable', 'begun'])
  })

  it('drops who does not read, and who may not listen any more', () => {
    const idle = listening({ send: () => false })
    const out = listening({ ping: () => false })
    hub.join(idle, undefined)
    hub.join(out, undefined)
    hub.publish([happening(0)])
    expect(idle.isEnded).toBe(true)
    hub.ping()
    expect(out.isEnded).toBe(true)
    expect(hub.isWatched).toBe(false)
  })

  it('refuses one more than 128', () => {
    for (let n = 0; n < 128; n += 1) hub.join(listening({ admin: `admin-${n}` }), undefined)
    expect(() => hub.join(listening(), undefined)).toThrow('At most 128')
  })

  it('refuses one more than 4 of one admin, until one of them leaves', () => {
    const clients = [0, 1, 2, 3].map(() => listening())
    for (const client of clients) hub.join(client, undefined)
    const tooMany = expect.objectContaining({ code: 'limit.reached' }) as Error
    expect(() => hub.join(listening(), undefined)).toThrow(tooMany)
    hub.join(listening({ admin: 'bob' }), undefined)
    for (const client of clients.slice(0, 1)) hub.leave(client)
    hub.join(listening(), undefined)
  })
})

describe('keeping the stream', () => {
  it('looks while somebody listens, tells once that it cannot, and ends every stream at its end', async () => {
    const clock = new ManualClock()
    const hub = new StreamHub('run')
    const ended = new AbortController()
    let polls = 0
    let isAway = false
    const troubles: unknown[] = []
    const around = {
      poll: async () => {
        polls += 1
        if (isAway) throw new Error('away')
        return [happening(polls)]
      },
      forget: () => {},
      health: () => [],
    }
    const kept = keepStream(
      { hub, around, timer: clock, onTrouble: (error) => troubles.push(error) },
      ended.signal,
    )
    await clock.advance(1_000)
    expect(polls).toBe(0)
    const client = listening()
    hub.join(client, undefined)
    await clock.advance(250)
    expect(numbers(client.seen)).toEqual([undefined, 1])
    isAway = true
    await clock.advance(1_000)
    expect(reasons(client.seen)).toEqual(['begun', undefined, 'unavailable'])
    expect(troubles).toHaveLength(1)
    ended.abort()
    await kept
    expect(client.isEnded).toBe(true)
  })
})

describe('a verdict that changed', () => {
  it('is sent while a look hangs, and the browser still asks anew behind the look', async () => {
    const clock = new ManualClock()
    const hub = new StreamHub('run')
    const ended = new AbortController()
    let end: (found: readonly Happening[]) => void = () => {}
    let verdicts: readonly Happening[] = []
    const around = {
      poll: () => new Promise<readonly Happening[]>((resolve) => (end = resolve)),
      forget: () => {},
      health: () => verdicts,
    }
    const client = listening()
    hub.join(client, undefined)
    const kept = keepStream({ hub, around, timer: clock, onTrouble: () => {} }, ended.signal)
    await clock.advance(250)
    verdicts = [{ type: 'health', data: { state: 'unknown' } }]
    await clock.advance(250)
    expect(client.seen.map(({ type }) => type)).toEqual(['health'])
    verdicts = []
    end([])
    await clock.advance(0)
    expect(reasons(client.seen)).toEqual([undefined, 'begun'])
    ended.abort()
    await clock.advance(250)
    end([])
    await kept
  })
})

describe('the pings of a stream', () => {
  it('come each 2 s, so that a page notices within 10 s that three are missing', async () => {
    const clock = new ManualClock()
    const hub = new StreamHub('run')
    const ended = new AbortController()
    let pings = 0
    hub.join(listening({ ping: () => (pings += 1) > 0 }), undefined)
    const around = { poll: async () => [], forget: () => {}, health: () => [] }
    const kept = keepStream({ hub, around, timer: clock, onTrouble: () => {} }, ended.signal)
    for (let n = 0; n < 40; n += 1) await clock.advance(250)
    expect(pings).toBe(5)
    ended.abort()
    await kept
  })
})

describe('GET /v1/stream', () => {
  const reads: string[] = []
  const opened = async (
    hub: StreamHub,
    role: 'viewer' | 'operator' = 'viewer',
  ): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const app = new Hono<{ Variables: { admitted: object } }>()
    app.use((c, next) => {
      c.set('admitted', { admin: { name: 'a', role, hash: '' } })
      return next()
    })
    const record = async (read: { readonly answer: string }) => void reads.push(read.answer)
    addStreamRoute(app as unknown as Hono, { hub, admins: [], reads: { record } })
    const { body } = await app.request('/v1/stream')
    if (body === null) throw new Error('no body')
    return body.getReader()
  }
  const text = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
    new TextDecoder().decode((await reader.read()).value)

  it('is server-sent events, each with an id to go on from', async () => {
    const hub = new StreamHub('run')
    const reader = await opened(hub)
    expect(await text(reader)).toBe('retry: 2000\n\n')
    hub.publish([])
    expect(await text(reader)).toBe('event: gap\ndata: {"reason":"begun"}\n\n')
    hub.publish([happening(1)])
    expect(await text(reader)).toBe('id: run.0\nevent: change\ndata: {"n":1}\n\n')
    await reader.cancel()
    expect(hub.isWatched).toBe(false)
  })

  it('has names and values for operators alone, whose listening is recorded', async () => {
    const hub = new StreamHub('run')
    const [viewer, operator] = [await opened(hub), await opened(hub, 'operator')]
    expect(reads).toEqual(['stream'])
    hub.publish([])
    const changed = { lost: ['staff'], lostCount: 1, gained: [], gainedCount: 0 }
    hub.publish([{ type: 'change', data: { subject: { iss: 'i', sub: 'alice' }, changed } }])
    const all = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
      [await text(reader), await text(reader), await text(reader)].join('')
    const counts = '"lost":null,"lostCount":1,"gained":null,"gainedCount":0'
    const shown = await all(viewer)
    expect(shown).toContain(`data: {"subject":{"iss":"i","sub":null},"changed":{${counts}}}`)
    expect(await all(operator)).toContain('"sub":"alice"},"changed":{"lost":["staff"]')
  })

  it('shows that it lives by an event, which a page sees, and by a comment', async () => {
    const hub = new StreamHub('run')
    const reader = await opened(hub)
    await text(reader)
    hub.ping()
    expect(await text(reader)).toBe(': ping\nevent: ping\ndata: {}\n\n')
  })

  it('drops a browser that reads nothing, after 256 KiB', async () => {
    const hub = new StreamHub('run')
    const reader = await opened(hub)
    const large = { type: 'change', data: { text: 'x'.repeat(60_000) } } as const
    for (let n = 0; n < 4; n += 1) hub.publish([large])
    expect(hub.isWatched).toBe(true)
    hub.publish([large])
    hub.publish([large])
    expect(hub.isWatched).toBe(false)
    await expect(reader.read()).rejects.toThrow('not read')
  })
})
