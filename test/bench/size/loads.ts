import type { EndToEnd } from '../end-to-end/measure-once.ts'
import { moveOf } from '../stack/people.ts'
import {
  BUSY,
  FULL,
  plantClaims,
  plantDenials,
  plantTokens,
  plantTokensOfOne,
  plantWatermarks,
  removeClaims,
  removeDenials,
  removeTokens,
  removeWatermarks,
} from './planted.ts'
import type { Site } from './site.ts'
import { untilPublished } from '../pipeline/pipeline.ts'
import { openClient } from './bulk.ts'

/** The measured parts of a load beside removals, turns and marking. */
export type Measured = 'root' | 'statement' | 'holders'

/** One kind of data in a large amount. */
export interface Load {
  /** The id of the load within the ids of its metrics. */
  readonly id: string
  /** The data of the load, at scale 1. */
  readonly about: string
  /** The table that it fills. */
  readonly table?: string
  readonly measures: readonly Measured[]
  /** Fills the database. Resolves to the function that removes the data. */
  readonly put: (site: Site) => Promise<Remove>
  /** The measured removals; default: of a thousand people in turn. */
  readonly changeOf?: EndToEnd['changeOf']
}

const many = (count: number): string => count.toLocaleString('en')
/** Fills by the one function and removes by the other. */
const filled =
  (plant: (site: Site) => Promise<void>, remove: (site: Site) => Promise<void>) =>
  async (site: Site): Promise<Remove> => {
    await plant(site)
    return () => remove(site)
  }

const denials: Load = {
  id: 'denials',
  about: `${many(FULL.denials)} denials of tokens, of a year`,
  table: 'denial',
  measures: ['root'],
  put: filled(plantDenials, removeDenials),
}

const watermarks: Load = {
  id: 'watermarks',
  about: `${many(FULL.watermarks)} live watermarks`,
  table: 'watermark',
  measures: ['root'],
  put: filled(plantWatermarks, removeWatermarks),
}

const claims: Load = {
  id: 'claims',
  about: `${many(FULL.claims)} claims of ${many(FULL.subjects)} subjects`,
  table: 'claim_state',
  measures: ['statement'],
  put: filled(plantClaims, removeClaims),
}

const tokens: Load = {
  id: 'tokens',
  about: `${many(FULL.tokens)} outstanding tokens, also of the subjects of the removals`,
  table: 'token',
  measures: ['holders'],
  put: filled(plantTokens, removeTokens),
}

const client: Load = {
  id: 'client',
  about: `${many(FULL.tokensOfOne)} outstanding tokens of one client, which each removal affects`,
  measures: [],
  put: filled(plantTokensOfOne, removeTokens),
  changeOf: (n, id) => ({
    ...moveOf(n, id),
    subject: { ...moveOf(n, id).subject, sub: BUSY },
    values: [n % 2 === 0 ? 'payments-approvers' : 'staff'],
  }),
}

const snapshot: Load = {
  id: 'snapshot',
  about: `a database snapshot that is open for ${many(FULL.churn)} changes, an hour of 100/s`,
  measures: [],
  put: openSnapshot,
}

/** Only a thousand people. */
export const EMPTY: Load = {
  id: 'empty',
  about: 'an empty database',
  measures: ['root', 'statement', 'holders'],
  put: () => Promise.resolve(() => Promise.resolve()),
}

const TABLES = [denials, watermarks, claims, tokens, client]

/** Each load by itself, and then all of them together. */
export const LOADS: readonly Load[] = [
  snapshot,
  ...TABLES,
  {
    id: 'all',
    about: 'all of these together',
    measures: ['root', 'statement', 'holders'],
    async put(site) {
      const removes: Remove[] = []
      for (const { id, put } of [...TABLES, snapshot]) {
        site.context.progress(`adding ${id}`)
        removes.push(await put(site))
      }
      return async () => {
        for (const remove of removes) await remove()
      }
    },
  },
]

/** The number of changes that are on their way at once. */
const WAVE = 5_000

/** Removes the data of a load. */
type Remove = () => Promise<void>

/** Opens a snapshot, as a dump of the database does, and sends the changes of an hour. */
async function openSnapshot(site: Site): Promise<Remove> {
  const { context, stack, feed, bulk } = site
  const reader = await openClient(context, stack.at.databaseUrl)
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await reader.query('SELECT count(*) FROM progress')
  const count = site.rows(FULL.churn)
  for (let from = 0; from < count; from += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, count - from) }, () =>
      feed.append(moveOf(feed.count, `churn-${feed.count}`)),
    )
    await Promise.all(wave)
    await untilPublished(stack)
  }
  return async () => {
    await reader.query('ROLLBACK')
    await bulk.run('VACUUM (ANALYZE)')
  }
}
