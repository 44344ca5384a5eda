import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { kafkaAvailability } from '@freshet/local-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sizing } from '../scenarios/size.ts'

const bench = join(import.meta.dirname, '../../../infra/run/bench.mjs')
const { available } = await kafkaAvailability(process.env)
const RUN_MS = 900_000

let temp: string
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'size-test-'))
})
afterAll(() => rm(temp, { recursive: true, force: true }))

/** Returns the measurements by id. */
async function measured(...args: readonly string[]): Promise<ReadonlyMap<string, object>> {
  const json = join(temp, 'results.json')
  const all = [bench, 'size', '--json', json, '--results', join(temp, 'results'), ...args]
  await promisify(execFile)(process.execPath, all, { timeout: RUN_MS })
  const { results } = JSON.parse(await readFile(json, 'utf8')) as {
    readonly results: readonly { readonly id: string }[]
  }
  return new Map(results.map((result) => [result.id, result]))
}

describe.runIf(available)('the bench at size', () => {
  it(
    'measures each load, all of them together, and an empty database beside them',
    async () => {
      const results = await measured('--scale', '0.0005')
      expect([...results.keys()]).toEqual(sizing.metrics.map(({ id }) => id))
      const beside = [{ id: 'size.empty.removal' }, { id: 'size.empty.removal', of: 'p99' }]
      for (const load of ['denials', 'watermarks', 'claims', 'tokens', 'client', 'snapshot', 'all'])
        expect(results.get(`size.${load}.removal`)).toMatchObject({ against: beside })
      // The indexes exist again after a table was filled without them.
      expect(results.get('size.tokens.indexes')).toMatchObject({ value: expect.any(Number) })
    },
    RUN_MS,
  )
})
