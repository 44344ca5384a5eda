import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  readRegistryDocument,
  registryDocument,
  type PolicyVersion,
} from '../document/registry-document.ts'
import type { ActiveVersion, PublishedVersion, VersionStore } from './version-store.ts'
import {
  VERSIONS_HELD_MAX,
  createVersions,
  POLL_EVERY_MS,
  QUIET_POLL_EVERY_MS,
  type Versions,
  type VersionsParts,
  MISSED_FOR_MS,
} from './versions.ts'

const documentOf = (version: number, account = 'hr'): string =>
  registryDocument({ version, account, sources: {}, claims: {} }, new Map())
const own = readRegistryDocument(documentOf(1))

function published(pv: number, document = documentOf(pv)): PublishedVersion {
  return { pv, hash: readRegistryDocument(document).hash, document, by: 'ann', atMs: 0 }
}

describe('the policy versions of a process', () => {
  let clock: ManualClock
  let rows: Map<number, PublishedVersion>
  let control: ActiveVersion | null
  let behind: readonly ActiveVersion[]
  let finds: number
  let current: number[]
  let troubles: string[]
  let versions: Versions
  beforeEach(() => {
    clock = new ManualClock()
    ;[rows, control, behind, finds] = [new Map(), null, [], 0]
    ;[current, troubles] = [[], []]
    versions = make()
  })

  const publish = (pv: number, document?: string): PublishedVersion => {
    const version = published(pv, document)
    rows.set(pv, version)
    return version
  }
  const store: Pick<VersionStore, 'find' | 'status'> = {
    find: async (pv) => {
      finds += 1
      return rows.get(pv)
    },
    status: async (limit) => ({
      control,
      active: control === null ? behind : [control, ...behind],
      newest: [...rows.values()].toSorted((a, b) => b.pv - a.pv).slice(0, limit),
    }),
  }
  const make = (more: Partial<VersionsParts> = {}): Versions =>
    createVersions({
      store: store as VersionStore,
      own,
      timer: clock,
      onCurrent: ({ registry }) => current.push(registry.version),
      onTrouble: (error) => troubles.push((error as Error).message),
      ...more,
    })
  const nowAt = (): number => versions.current().registry.version

  it('begin with the file, which counts until a first version is active', async () => {
    await versions.poll()
    expect(nowAt()).toBe(1)
    expect(current).toEqual([1])
    expect(versions.isActive()).toBe(false)
  })

  it('go on with the version of the control partition, and hold the one before', async () => {
    const first = publish(1)
    control = first
    await versions.poll()
    control = publish(2)
    behind = [first]
    await versions.poll()
    expect(nowAt()).toBe(2)
    expect(versions.isActive()).toBe(true)
    expect(versions.of(1, first.hash)?.registry.version).toBe(1)
    expect(current).toEqual([1, 2])
  })

  it('are loaded when they are published, so that going on costs nothing', async () => {
    control = publish(2)
    await versions.poll()
    const before = finds
    const third = publish(3)
    await versions.poll()
    expect(finds).toBe(before + 1)
    control = third
    await versions.poll()
    expect([finds, nowAt()]).toEqual([before + 1, 3])
  })

  it('never judge by another while the active one is missing, and go on once it is there', async () => {
    control = published(2)
    await versions.poll()
    expect(() => versions.current()).toThrow(/Policy version 2 is active, and nobody has published/)
    expect(() => versions.check()).toThrow(expect.objectContaining({ code: 'registry.not-loaded' }))
    expect(versions.last().registry.version).toBe(1)
    await versions.poll()
    expect(troubles).toHaveLength(1)
    publish(2)
    await versions.poll()
    expect(nowAt()).toBe(2)
    expect(() => versions.check()).not.toThrow()
  })

  it('are known by their hash: the own file of the same number is not the active version', async () => {
    control = publish(1, documentOf(1, 'iga'))
    await versions.poll()
    expect(versions.current().registry.account).toBe('iga')
    expect(versions.of(1, own.hash)?.registry.account).toBe('hr')
  })

  it.each<[string, () => void, RegExp]>([
    ['another text was published', () => publish(2, documentOf(2, 'iga')), /is another text/],
    [
      'the stored text was exchanged',
      () => rows.set(2, { ...published(2), document: documentOf(2, 'mallory') }),
      /is not the one that was published/,
    ],
    [
      'the stored text is no document',
      () => rows.set(2, { ...published(2), document: '{}' }),
      /cannot read it/,
    ],
  ])('are not loaded where %s', async (_, plant, message) => {
    control = published(2)
    plant()
    await versions.poll()
    expect(() => versions.current()).toThrow(message)
  })

  it('are not gone by where the process cannot', async () => {
    const accept = ({ registry }: PolicyVersion): void => {
      if (registry.version === 2) throw new Error('too long a life')
    }
    versions = make({ accept })
    control = publish(2)
    await versions.poll()
    expect(() => versions.current()).toThrow(/cannot go by it: too long a life/)
  })

  it('that a partition waits for are missed as long as it asks', async () => {
    await expect(versions.load(published(2))).rejects.toMatchObject({ code: 'registry.not-loaded' })
    expect(() => versions.check()).toThrow(/Policy version 2/)
    await clock.advance(MISSED_FOR_MS + 1)
    expect(() => versions.check()).not.toThrow()
  })

  it('are as many as are needed, and a few more', async () => {
    const needed = Array.from({ length: VERSIONS_HELD_MAX }, (_, n) => publish(n + 2))
    behind = needed
    await versions.poll()
    for (const each of needed) expect(versions.of(each.pv, each.hash)).toBeDefined()
    behind = []
    await versions.poll()
    const more = [publish(20), publish(21)]
    await versions.poll()
    const held = [...needed, ...more].filter(({ pv, hash }) => versions.of(pv, hash))
    expect(held).toHaveLength(VERSIONS_HELD_MAX - 1)
    expect(versions.of(1, own.hash)).toBe(own)
  })

  it('are looked for until the signal aborts', async () => {
    const ending = new AbortController()
    const running = versions.run(ending.signal)
    await clock.advance(0)
    control = publish(2)
    await clock.advance(POLL_EVERY_MS)
    expect(nowAt()).toBe(2)
    ending.abort()
    await running
  })

  it('are looked for once a second while the latest published one is active, and soon again once another is published', async () => {
    control = publish(2)
    const ending = new AbortController()
    const running = versions.run(ending.signal)
    await clock.advance(0)
    const next = publish(3)
    await clock.advance(QUIET_POLL_EVERY_MS - 1)
    expect(versions.of(3, next.hash)).toBeUndefined()
    await clock.advance(1)
    expect(versions.of(3, next.hash)).toBeDefined()
    control = next
    await clock.advance(POLL_EVERY_MS)
    expect(nowAt()).toBe(3)
    ending.abort()
    await running
  })

  it('are looked for soon at all times where a service asks for that', async () => {
    control = publish(2)
    versions = make({ quietPollEveryMs: POLL_EVERY_MS })
    const ending = new AbortController()
    const running = versions.run(ending.signal)
    await clock.advance(0)
    control = publish(3)
    await clock.advance(POLL_EVERY_MS)
    expect(nowAt()).toBe(3)
    ending.abort()
    await running
  })

  it('are looked for soon while a partition is behind the latest one', async () => {
    behind = [publish(1)]
    control = publish(2)
    const ending = new AbortController()
    const running = versions.run(ending.signal)
    await clock.advance(0)
    const next = publish(3)
    await clock.advance(POLL_EVERY_MS)
    expect(versions.of(3, next.hash)).toBeDefined()
    ending.abort()
    await running
  })
})
