import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { kafkaAvailability } from '@freshet/dev-stack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordedRun } from '../test/recorded-run.ts'
import type { DrillReport, DrillFault } from './drill/drill.ts'
import { devFileIn, type DevFile } from './stack/dev-file.ts'

const BIN = join(import.meta.dirname, '../bin/freshet.js')
const ENDS_WITHIN_MS = 240_000
const { KAFKA_BROKERS: _, DATABASE_URL: __, npm_command: ___, ...inherited } = process.env
const env = { ...inherited, NO_COLOR: '1' }
const { available } = await kafkaAvailability(env)
/** The state of a process is read from Linux. */
const isLinux = existsSync('/proc/self/stat')

let dir: string
let dev: ChildProcess

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function drill(...args: readonly string[]) {
  const child = start('drill', ...args)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout ?? process.stdin),
    text(child.stderr ?? process.stdin),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, out, err }
}

function pidOf(name: string): number {
  const { processes } = JSON.parse(readFileSync(devFileIn(dir), 'utf8')) as DevFile
  return processes[name] ?? 0
}

/** `T` is a process that SIGSTOP stopped. */
function isStopped(name: string): boolean {
  const [, state = ''] = readFileSync(`/proc/${pidOf(name)}/stat`, 'utf8').split(') ')
  return state.startsWith('T')
}

describe.runIf(available && isLinux)('freshet drill on a stack of `freshet dev`', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-drill-'))
    dev = spawn(process.execPath, [BIN, 'dev'], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(createInterface({ input: dev.stdout ?? process.stdin }), 'line')
  }, ENDS_WITHIN_MS)
  afterAll(async () => {
    if (dev.exitCode === null) {
      dev.kill('SIGTERM')
      await once(dev, 'exit')
    }
    await rm(dir, { recursive: true, force: true })
  }, ENDS_WITHIN_MS)

  test.each<[DrillFault, string, string, string]>([
    ['source', 'source:hr', 'hr', 'FreshetSourceSilent'],
    ['edge', 'sidecar:2', 'sidecar:2', 'FreshetServiceDown'],
    ['reconciler', 'reconciler', 'reconciler', 'FreshetServiceDown'],
  ])(
    'a fault of the %s is named by the verdict, with its alert, and ends',
    async (fault, name, object, alert) => {
      const { code, out, err } = await drill(fault, '-o', 'json')
      const { items } = JSON.parse(out) as { readonly items: readonly DrillReport[] }
      expect([code, items.length, items[0]?.isNamed]).toEqual([0, 1, true])
      const [report] = items
      expect(report).toMatchObject({ fault, process: name, object })
      expect(report?.verdict.at(-1)).toMatchObject({ object })
      expect(report?.alerts.map((each) => each.name)).toContain(alert)
      expect(report?.alerts[0]?.severity).toBe('page')
      if (fault === 'source') {
        expect(report?.who).toBe('people-systems, oncall-people@acme.example')
        expect(report?.shown[0]?.rows).toContainEqual(expect.stringMatching(/^hr /))
      }
      expect(err).toContain(`${name} is stopped, process ${pidOf(name)}`)
      expect(isStopped(name)).toBe(false)
    },
    ENDS_WITHIN_MS,
  )

  test.each([1, 2])(
    'Ctrl-C ends the fault, pressed %i times; control: the process was stopped before',
    async (times) => {
      const child = start('drill', 'source', '--timeout', '5m')
      await once(createInterface({ input: child.stderr ?? process.stdin }), 'line')
      await expect.poll(() => isStopped('source:hr')).toBe(true)
      const ended = once(child, 'exit')
      for (let n = 0; n < times; n += 1) child.kill('SIGINT')
      expect(await ended).toEqual([1, null])
      expect(isStopped('source:hr')).toBe(false)
    },
    ENDS_WITHIN_MS,
  )

  test('a command in the folder asks another installation, if a variable or context names one', async () => {
    const away = { FRESHET_URL: 'http://127.0.0.1:1', FRESHET_GATEWAY_URL: 'http://127.0.0.1:1' }
    const order = 'cut-off client payments-web --dry-run --tenant acme'
    const run = (line: string, more: object) =>
      recordedRun(line, { cwd: dir, env: { XDG_CONFIG_HOME: dir, ...more } })
    expect((await run('edge ls -o name', {})).out).toContain('sidecar\n')
    expect(await run('edge ls -o name', away)).toMatchObject({ code: 4, out: '' })
    expect(await run('edge ls -o name --context .', away)).toMatchObject({ code: 0 })
    expect((await run(order, {})).err).toMatch(/^at http:\S+, by the stack of /)
    const ordered = await run(order, away)
    expect([ordered.code, ordered.out]).toEqual([4, ''])
    expect(ordered.err).toContain('at http://127.0.0.1:1, by the environment\n')
    await run('context set other --url http://127.0.0.1:1', {})
    expect(await run('edge ls', {})).toMatchObject({ code: 4, out: '' })
    expect(await run('edge ls', { FRESHET_CONTEXT: '.' })).toMatchObject({ code: 0 })
  })

  test(
    'a fault that is not named in time ends with 10, and with a process that continues',
    async () => {
      const { code, out } = await drill('source', '--timeout', '1ms')
      expect([code, isStopped('source:hr')]).toEqual([10, false])
      expect(out).toContain('source:hr is not named in time')
    },
    ENDS_WITHIN_MS,
  )
})
