import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { kafkaAvailability } from '@freshet/local-kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = join(import.meta.dirname, '../../packages/cli/bin/freshet.js')
const { available } = await kafkaAvailability(process.env)
const STORY_MS = 180_000

let temp: string
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'demo-test-'))
  // If the test runs as root, the database runs as another user, who must be able to enter the folder.
  await chmod(temp, 0o755)
})
afterAll(() => rm(temp, { recursive: true, force: true }))

/** Starts a demo whose temporary folders are all below ours. */
function startDemo(args: readonly string[] = [], path = process.env['PATH']): ChildProcess {
  const env = { ...process.env, PATH: path, TMPDIR: temp, NO_COLOR: '1' }
  return spawn(process.execPath, [bin, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function linesOf(child: ChildProcess): Promise<readonly string[]> {
  const lines: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await once(child, 'close')
  return lines
}

async function untilLine(child: ChildProcess, part: string): Promise<void> {
  if (!child.stdout) return
  for await (const line of createInterface({ input: child.stdout })) if (line.includes(part)) return
}

/** Returns the processes whose command line or environment names our temporary folder. */
function processesOfOurs(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      return environment.includes(`TMPDIR=${temp}`)
    } catch {
      return false
    }
  })
}

const foldersLeft = (): readonly string[] =>
  readdirSync(temp).filter((name) => name.startsWith('freshet-'))

/** The end of the story repeats the proven facts with their figures. */
function expectFourFacts(lines: readonly string[]): void {
  const facts = lines.slice(lines.indexOf('Proven:') + 1, -1)
  expect(facts).toEqual([
    expect.stringMatching(/✓ Removal: all \d edges applied it \d+ ms after the commit; .* 401\./),
    expect.stringMatching(/✓ Reconciler killed: .* after \d\.\d\d s; promised: 7 s\./),
    expect.stringMatching(/✓ Source silent: .* after \d\.\d\d s; promised: 7 s\./),
    expect.stringMatching(/✓ Cut-off of a client: .* after \d+\.\d\d s; new ones work\./),
  ])
}

describe.runIf(available)('the demo on a real broker and database', () => {
  test(
    'killed without a signal to handle, it leaves services that end by themselves and folders that the next one removes',
    async () => {
      const killed = startDemo()
      await untilLine(killed, 'POST /approve with alice')
      const exited = once(killed, 'exit')
      killed.kill('SIGKILL')
      await exited
      expect(foldersLeft()).not.toEqual([])

      const json = join(temp, 'told.json')
      const next = startDemo(['--json', json])
      const lines = await linesOf(next)
      expect(next.exitCode).toBe(0)
      expect(lines.join('\n')).toMatch(/apache-kafka 4\.4\.0, postgres 18\.\d/)
      expectFourFacts(lines)
      expect(foldersLeft()).toEqual([])
      await expect.poll(processesOfOurs).toEqual([])

      const result = JSON.parse(await readFile(json, 'utf8')) as { steps: { held: boolean }[] }
      expect(result.steps.length).toBe(18)
      expect(result.steps.every(({ held }) => held)).toBe(true)
    },
    STORY_MS,
  )
})

test(
  'without Java it reports that it runs in one process and what to install, and shows the story',
  async () => {
    const json = join(temp, 'alone.json')
    const demo = startDemo(['--json', json], join(temp, 'no-such-folder'))
    const [first, second, ...lines] = await linesOf(demo)
    expect(first).toBe(
      'No Java 17 or newer here: this demo runs in one process, without Kafka or Postgres.',
    )
    expect(second).toBe(
      'Install Java 17 or newer to run it on both. `npm run sim` tests the protocol under faults without them.',
    )
    expect(lines.at(-1)).toMatch(/^Every step succeeded/)
    expectFourFacts(lines)
    expect(demo.exitCode).toBe(0)
    expect(existsSync(json)).toBe(true)
    expect(foldersLeft()).toEqual([])
  },
  STORY_MS,
)
