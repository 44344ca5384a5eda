import { describe, expect, it } from 'vitest'
import { fixedEdges, fixedHistory } from '../../../test/fixed-lists.ts'
import { answeringServer } from '../../../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../../../test/recorded-run.ts'

async function edgeGet(line: string): Promise<RecordedRun> {
  await using server = await answeringServer()
  server.answers = {
    'GET /v1/edges': [200, fixedEdges],
    'GET /v1/edges/sidecar': [200, fixedHistory],
  }
  return await recordedRun(`edge get ${line}`, {
    env: { FRESHET_URL: server.url, FRESHET_TOKEN: 't' },
  })
}

describe('edge get', () => {
  it('shows its partitions, the minutes since its first one, and its latest applies', async () => {
    const { code, out } = await edgeGet('sidecar')
    expect(code).toBe(0)
    expect(out).toContain('version 0.1.0; live in 1 of 2 minutes; oldest view 412 ms\n')
    expect(out).toMatch(/^0 control +41 +\? +3 +412 ms$/m)
    expect(out).toMatch(/^2026-11-24T10:00:00Z +3 +358 +54 ms$/m)
  })

  it('has the edge with its history as data', async () => {
    const { edge, minutes } = JSON.parse((await edgeGet('sidecar -o json')).out)
    expect([edge, minutes]).toEqual(['sidecar', fixedHistory.minutes])
  })

  it('ends with 3 for an unknown name, and names the nearest one', async () => {
    const { code, err } = await edgeGet('sidecer')
    expect(code).toBe(3)
    expect(err).toContain('No edge sidecer has reported within the last hour.')
    expect(err).toContain('try: freshet edge get sidecar\n')
  })
})

describe('edge ls', () => {
  const edgeList = async (line: string): Promise<RecordedRun & { readonly searches: string[] }> => {
    await using server = await answeringServer()
    server.answers = { 'GET /v1/edges': [200, fixedEdges] }
    const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 't' }
    const run = await recordedRun(`edge ls ${line}`, { env })
    return { ...run, searches: server.requests.map(({ search }) => search) }
  }

  it.each(['--status', '--standing'])(
    'filters by %s, the name of its column or the earlier one',
    async (option) => {
      const { code, searches } = await edgeList(`${option} stale --limit 3`)
      expect([code, searches]).toEqual([0, ['?limit=3&standing=stale']])
    },
  )

  it.each(['--status', '--standing'])('refuses a status that there is not: %s', async (option) => {
    const { code, err, searches } = await edgeList(`${option} foo`)
    expect([code, searches]).toEqual([2, []])
    expect(err).toContain('Allowed are synced, lagging, stale, starting, disconnected, closed.')
  })
})
