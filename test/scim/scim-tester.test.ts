import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPython, pythonProgram } from '../setup/python.ts'
import { serveEndpoint, type ServedEndpoint } from './served-endpoint.ts'

const run = promisify(execFile)
const WITHIN_MS = 120_000

/** Runs a program of this folder, and returns the lines that it prints. */
async function printed(file: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(pythonProgram('python'), [join(import.meta.dirname, file), ...args])
  return stdout.trim().split('\n')
}

describe.runIf(hasPython)('the routes of SCIM', () => {
  let endpoint: ServedEndpoint
  beforeAll(async () => {
    endpoint = await serveEndpoint()
  })
  afterAll(() => endpoint.stop())

  it('pass each check of scim2-tester', { timeout: WITHIN_MS }, async () => {
    expect(await printed('check-server.py', endpoint.url, endpoint.token)).toEqual([
      expect.stringMatching(/^\d{2,} checks$/),
    ])
  })

  it('take 1,000 users and their group of scim2-client', { timeout: WITHIN_MS }, async () => {
    expect(await printed('provision.py', endpoint.url, endpoint.token, '1000')).toEqual([
      '1000 users',
    ])
    const teams = endpoint.accepted.filter(
      (change) =>
        change.kind === 'claim' && 'values' in change && change.values.includes('team-all'),
    )
    expect(teams).toHaveLength(1_000)
  })
})
