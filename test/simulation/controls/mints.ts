import type { JudgeDependencies, MintOrder, MintStore, RecheckAnswer } from '@freshet/authority'
import { denialKey, type Subject } from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'
import type { ProductControl } from './control.ts'

/** The result of a recheck if nothing was ever raised. */
const NOTHING: RecheckAnswer = { partitions: new Map(), watermarks: new Map(), denials: new Map() }

/** Rule 4: a token has the claims of one reading and the label of a later one. */
export function claimsBeforeLabel(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    async snapshot(query) {
      const early = await store.snapshot(query)
      const { control, parties } = await store.snapshot(query)
      return { ...early, control, parties }
    },
  }
}

/** Rule 5: no recheck finds a token that is stale at its mint. */
export function noRecheck(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndRecheck: async (minted, query) => {
      await store.recordAndRecheck(minted, query)
      return NOTHING
    },
  }
}

/** Rule 6: withdrawn values are minted. */
export function noTombstones(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    snapshot: async (query) => ({ ...(await store.snapshot(query)), withdrawn: new Map() }),
  }
}

/** Rule 23: minting does not receive which keys were denied, and does not go on to the next key. */
export function deniedKeySigns(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    async snapshot(query) {
      const snapshot = await store.snapshot(query)
      return { ...snapshot, denied: snapshot.denied.filter(({ kind }) => kind !== 'key') }
    },
  }
}

/** S8: a token is released while its ledger row, and so its recheck, is still in progress. */
export function recordLater(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndRecheck(minted, query) {
      store.recordAndRecheck(minted, query).catch(() => undefined)
      return Promise.resolve(NOTHING)
    },
  }
}

function methodsOf(store: MintStore): MintStore {
  return {
    snapshot: (query) => store.snapshot(query),
    recordAndRecheck: (minted, query) => store.recordAndRecheck(minted, query),
    withhold: (token, mark) => store.withhold(token, mark),
  }
}

/** Rule 5: a change that ends a token during its exchange does not count. */
export function exchangedUnwatched(order: MintOrder): MintOrder {
  return { ...order, from: [] }
}

const FOREVER_MS = 10 ** 9

/** Rule 22: the authority judges by the mark of the token's row. */
export function byMarks(deps: JudgeDependencies, database: MemoryDatabase): JudgeDependencies {
  const { ledger } = deps
  return {
    ...deps,
    ledger: {
      find: (jti, issuer) => ledger.find(jti, issuer),
      async recheck(query) {
        const answer = await ledger.recheck(query)
        const marked = database.tokens.values().flatMap(({ tenant, jti, stale }) => {
          const key = denialKey({ tenant, kind: 'token', id: jti })
          return stale && query.denialKeys.includes(key) ? [[key, stale] as const] : []
        })
        return { ...answer, watermarks: new Map(), denials: new Map(marked) }
      },
    },
  }
}

/** Rule 22: the authority judges whatever the sources' silence. */
export function ownLeasesIgnored(deps: JudgeDependencies): JudgeDependencies {
  const { registry } = deps.loaded
  const sources = [...registry.sources].map(
    ([id, source]) => [id, { ...source, leaseMs: FOREVER_MS }] as const,
  )
  return {
    ...deps,
    loaded: { ...deps.loaded, registry: { ...registry, sources: new Map(sources) } },
  }
}

/** Rule 24: the actors of an actor are no parties of the token. */
export function presentActorAlone(
  parties: readonly [Subject, ...Subject[]],
): readonly [Subject, ...Subject[]] {
  const [subject, actor] = parties
  return actor === undefined ? [subject] : [subject, actor]
}

/** Rule 24: the actors of the subject are no parties of the token. */
export function subjectAlone(parties: readonly [Subject, ...Subject[]]): readonly [Subject] {
  return [parties[0]]
}

/** The controls of a mint, and of the authority that judges a token. */
export const MINT_CONTROLS: readonly ProductControl[] = [
  {
    rule: '4',
    without: 'claims are read before the label',
    guards: { mints: claimsBeforeLabel },
    mix: 'network',
    breaks: ['S1', 'S7'],
    seeds: 60,
  },
  {
    rule: '5',
    without: 'the authority does not recheck a token after its record',
    guards: { mints: noRecheck },
    mix: 'storm',
    breaks: ['S7', 'S9'],
    seeds: 60,
  },
  {
    rule: '5',
    without: 'the end of a token during its exchange does not count',
    guards: { exchanges: exchangedUnwatched },
    mix: 'network',
    breaks: ['S7'],
    seeds: 120,
  },
  {
    rule: '6',
    without: 'withdrawn values are minted',
    guards: { mints: noTombstones },
    mix: 'calm',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 12,
  },
  {
    rule: 'S8',
    without: 'a token leaves before its row is stored',
    guards: { mints: recordLater },
    mix: 'network',
    breaks: ['S7', 'S8', 'S9'],
    seeds: 80,
  },
  {
    rule: '22',
    without: 'the authority judges by marks',
    guards: { judging: byMarks },
    mix: 'network',
    breaks: ['S1', 'S9', 'S10'],
    seeds: 12,
  },
  {
    rule: '22',
    without: 'the authority judges despite silent sources',
    guards: { judging: ownLeasesIgnored },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 12,
  },
  {
    rule: '23',
    without: 'minting does not continue with the next key after a denial',
    guards: { mints: deniedKeySigns },
    mix: 'keys',
    breaks: ['V4', 'S7'],
    seeds: 12,
  },
  {
    rule: '24',
    without: 'an actor is no party of the token',
    guards: { parties: subjectAlone },
    mix: 'calm',
    breaks: ['S1', 'S7'],
    seeds: 12,
  },
  {
    rule: '24',
    without: 'only the present actor of a chain is a party',
    guards: { parties: presentActorAlone },
    mix: 'calm',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 12,
  },
]
