import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ROOT } from '../../packages/cli/src/stack/paths.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { productionWalk, stepsOn } from '../setup/production-page.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'

const FRESHET = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')
const WITHIN_MS = 300_000
const PORTS = 6
/** Five services, and the heartbeats of the source. */
const STARTED = 6
const TRIES = 50
/** Ports below those that Linux gives to connections. */
const LOWEST = 20_000

let broker: StackBroker
let database: FreshDatabase
let dir: string
let firstPort: number

beforeAll(async () => {
  if (inject('stackBrokers') === null) return
  broker = await takeBroker()
  database = await freshDatabase({ max: 1, migrated: false })
  dir = await mkdtemp(join(tmpdir(), 'freshet-production-'))
  firstPort = await freeRow()
  // The page calls `npx freshet` in a clone. Here it is a program that `exec` can start, too.
  await mkdir(join(dir, 'bin'))
  const npx = join(dir, 'bin', 'npx')
  await writeFile(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${FRESHET}' "$@"\n`)
  await chmod(npx, 0o755)
})
afterAll(async () => {
  if (inject('stackBrokers') === null) return
  await database.drop()
  await broker.free()
  await rm(dir, { recursive: true, force: true })
})

/** The first of six free ports in a row. */
async function freeRow(): Promise<number> {
  for (let at = 0; at < TRIES; at += 1) {
    const first = LOWEST + ((process.pid * 8 + at * 64) % 10_000)
    const ports = Array.from({ length: PORTS }, (_, index) => first + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return first
  }
  throw new Error('There are no six free ports in a row.')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

function bash(script: string): Promise<Outcome> {
  const { PATH, HOME } = process.env
  const env = { PATH: `${join(dir, 'bin')}:${PATH}`, HOME, NO_COLOR: '1' }
  const options = { cwd: dir, env, maxBuffer: 64 * 1024 * 1024, timeout: WITHIN_MS }
  return new Promise((resolve) => {
    const child = execFile('bash', ['--norc', '-c', script], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

/** Ends what the page started, in the shell that started it, and shows each exit code. */
const AT_END = `
ended() {
  status=$?
  pids=$(jobs -p)
  for pid in $pids; do kill "$pid" || true; done
  for pid in $pids; do code=0; wait "$pid" || code=$?; echo "ended with $code"; done
  exit "$status"
}
trap ended EXIT
`

/** Commands that the page only names: they use the environment of the page, too. */
const FURTHER = `
npx freshet token check "$TOKEN" --require groups=payments-approvers || echo "checked with $?"
npx freshet token explain "$TOKEN" -o json
token=$(npx freshet source token --source hr --key-file installation/secrets/hr.private.json)
curl -fsS "$FRESHET_GATEWAY_URL/v1/sources/hr?tenant=acme" -H "authorization: Bearer $token"
echo
`

describe.runIf(inject('stackBrokers') !== null)('an installation of your own', () => {
  it(
    'leads from nothing to a refusal by the commands of its page, and ends without an error',
    async () => {
      const machine = { brokers: broker.brokers, databaseUrl: database.url, firstPort }
      const script = ['set -euo pipefail', AT_END, stepsOn(machine), FURTHER].join('\n')
      const { code, out, err } = await bash(script)
      expect([code, code === 0 ? '' : `${out.slice(-4_000)}\n${err.slice(-4_000)}`]).toEqual([
        0,
        '',
      ])
      expect(out.match(/^HTTP.*(?=\r)/gm)).toEqual(productionWalk().shown)
      expect(out).toMatch(/^refused everywhere \d+ ms after the removal was sent$/m)
      expect(out).toMatch(/^deny .token\.stale[^]*^checked with 11$/m)
      expect(out).toMatch(/"groups": \{\s*"verdict": "stale"/)
      expect(out).toMatch(/"owner": ?"people-systems"/)
      expect(out.match(/^ended with \d+$/gm)).toEqual(Array(STARTED).fill('ended with 0'))
      expect(err).toContain('the gateway accepts the heartbeats of hr')
    },
    WITHIN_MS,
  )

  it('has its secrets in files that the owner alone can read', async () => {
    const mode = async (path: string): Promise<number> =>
      (await stat(join(dir, 'installation', path))).mode & 0o777
    expect(await mode('secrets')).toBe(0o700)
    expect(await mode('secrets/tokens.keys.json')).toBe(0o600)
    expect(await readFile(join(dir, 'installation/gateway.env'), 'utf8')).not.toContain('postgres:')
  })
})
