import { AUDIT_TOPIC, QUARANTINE_TOPIC } from '@freshet/wire'
import { createDatabase, postgresForwardStore, postgresForwardTurn } from '@freshet/postgres'
import { forwardOnce, type ForwarderParts } from '@freshet/reconciler'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packRecord } from '../../packages/postgres/src/rows/stored-record.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'

const ROWS = 20
const record = packRecord({ key: null, value: Buffer.alloc(10, 7), headers: {} })
const INSERT = `INSERT INTO outbox (topic, partition, record) SELECT $1, 0, $2 FROM generate_series(1, $3::int)`

let fresh: FreshDatabase
let sent: string[]
/** Called inside each append: the action of another reconciler at this time. */
let meanwhile: () => Promise<unknown>

beforeEach(async () => {
  fresh = await freshDatabase()
  sent = []
  meanwhile = () => Promise.resolve()
  for (const topic of [AUDIT_TOPIC, QUARANTINE_TOPIC])
    await fresh.db.query({ name: '', text: INSERT }, [topic, record, ROWS])
})
afterEach(() => fresh.drop())

describe('two reconcilers that forward parked and audit records', () => {
  /** Forwards as a reconciler with connections of its own does. */
  async function withTwo(
    work: (first: ForwarderParts, second: ForwarderParts) => Promise<void>,
  ): Promise<void> {
    const role = 'freshet_system' as const
    const options = { url: fresh.url, applicationName: 'freshet-test', role }
    await using one = createDatabase(options)
    await using two = createDatabase(options)
    const [first, second] = [one, two].map((db, n): ForwarderParts => {
      const append: ForwarderParts['writer']['append'] = async (topic, _partition, records) => {
        sent.push(...records.map(() => `${n} ${topic}`))
        await meanwhile()
        return { baseOffset: 0n, appendedAtMs: 1 }
      }
      const store = postgresForwardStore(db)
      const timer = new ManualClock()
      return { store, alone: postgresForwardTurn(db), writer: { append }, timer, onTrouble() {} }
    })
    if (first && second) await work(first, second)
  }

  it('send each record once: one forwards at a time, and the other one takes over', async () => {
    await withTwo(async (first, second) => {
      const found: number[] = []
      meanwhile = async () => void found.push(await forwardOnce(second))
      await forwardOnce(first)
      expect(found).toEqual([0, 0])
      expect(sent).toHaveLength(2 * ROWS)
      meanwhile = () => Promise.resolve()
      await fresh.db.query({ name: '', text: INSERT }, [AUDIT_TOPIC, record, 1])
      expect(await forwardOnce(second)).toBe(1)
      expect(sent.at(-1)).toBe(`1 ${AUDIT_TOPIC}`)
    })
  })

  it('control: without the turn both send the same records', async () => {
    await withTwo(async (first, other) => {
      const second: ForwarderParts = { ...other, alone: (forward) => forward() }
      let isNested = false
      meanwhile = async () => {
        if (isNested) return
        isNested = true
        await forwardOnce(second)
      }
      await forwardOnce(first)
      expect(sent.length).toBeGreaterThan(2 * ROWS)
    })
  })

  it('a turn that fails gives way to the other one', async () => {
    await withTwo(async (first, second) => {
      meanwhile = () => Promise.reject(new Error('the broker is gone'))
      await expect(forwardOnce(first)).rejects.toThrow('the broker is gone')
      meanwhile = () => Promise.resolve()
      expect(await forwardOnce(second)).toBe(ROWS)
    })
  })
})
