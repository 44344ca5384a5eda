import { readRegistryDocument, registryDocument } from '@freshet/registry'
import type { PolicyToActivate } from '@freshet/intake'
import { MemoryDatabase, memoryVersionStore } from '@freshet/memory'
import type { VersionStore } from '@freshet/registry'
import { createLogger, type LoadedRegistryFile } from '@freshet/runtime'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { bringFirstVersion } from './first-version.ts'

function fileOf(version: number, account = 'hr'): LoadedRegistryFile {
  const document = registryDocument({ version, account, sources: {}, claims: {} }, new Map())
  return { ...readRegistryDocument(document), document }
}

describe('the file of a first start', () => {
  let database: MemoryDatabase
  let store: VersionStore
  let activated: PolicyToActivate[]
  let announced: number
  beforeEach(() => {
    database = new MemoryDatabase()
    store = memoryVersionStore(database)
    ;[activated, announced] = [[], 0]
  })

  const start = (own: LoadedRegistryFile, activates = true): Promise<void> =>
    bringFirstVersion(
      {
        own,
        store,
        activates,
        newest: () => Promise.resolve(announced),
        intake: {
          activateRegistry: (policy) => {
            activated.push(policy)
            announced = policy.pv ?? 0
            return Promise.resolve(undefined)
          },
        },
        logger: createLogger('test', 'silent'),
      },
      new ManualClock(),
      new AbortController().signal,
    )

  it('is published and activated', async () => {
    const own = fileOf(1)
    await start(own)
    expect(await store.find(1)).toMatchObject({ hash: own.hash, by: 'start' })
    expect(await store.ordered(1)).toMatchObject({ by: 'start', reason: 'first start' })
    expect(activated).toEqual([{ pv: 1, hash: own.hash }])
  })

  it('is only published if the gateway is not set to activate it', async () => {
    await start(fileOf(1), false)
    expect(await store.find(1)).toBeDefined()
    expect(activated).toEqual([])
  })

  it('counts no more once a version was announced: another file waits', async () => {
    await start(fileOf(1))
    await start(fileOf(2))
    expect(await store.find(2)).toBeUndefined()
    expect(activated).toHaveLength(1)
  })

  it('that another gateway has brought stands: the later one activates nothing else', async () => {
    await start(fileOf(1), false)
    await start(fileOf(1, 'iga'))
    expect(activated).toEqual([])
  })

  it('does not take the place of an active version that is not kept (a restored database)', async () => {
    announced = 1
    await start(fileOf(1))
    expect(await store.find(1)).toBeUndefined()
    const active = { activePv: 1, activeHash: fileOf(1).hash, minimumPv: 0 }
    database.progress.set('0', { partition: 0, e: 1n, nextOffset: 1n, lastHash: null, ...active })
    await start(fileOf(1, 'iga'))
    expect(await store.find(1)).toBeUndefined()
    await start(fileOf(1))
    expect(await store.find(1)).toBeDefined()
    expect(activated).toEqual([])
  })
})
