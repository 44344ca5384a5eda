import type { TimelineJson } from '@freshet/insight/answers'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { kafkaAvailability } from '@freshet/dev-stack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEY_KINDS } from './keys/key-words.ts'
import { printedCommands, WALK_SHOWS, walkScript } from '../test/walk-script.ts'
import { devFileIn, type DevFile } from './stack/dev-file.ts'

const BIN = join(import.meta.dirname, '../bin/freshet.js')
const ALICE = '--subject alice'
const APPROVER = '--require groups=payments-approvers'
const ENDS_WITHIN_MS = 30_000
/** The first probe is sent half a minute after the console’s start, each next one ten seconds later. */
const PROBED = { timeout: 60_000, interval: 250 }

const { KAFKA_BROKERS: _, DATABASE_URL: __, npm_command: ___, ...inherited } = process.env
const env = { ...inherited, NO_COLOR: '1' }
const { available } = await kafkaAvailability(env)

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

let dir: string
let dev: ChildProcess
let firstLine: string
let printed = ''

/** Runs a program in the folder of the stack. */
function run(file: string, args: readonly string[], input?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: dir, env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
    child.stdin?.end(input)
  })
}

const freshet = (line: string, input?: string): Promise<Outcome> =>
  run(process.execPath, [BIN, ...line.split(' ')], input)

const bash = (script: string): Promise<Outcome> => run('bash', ['-c', script])

async function data<T>(line: string): Promise<T> {
  const { code, out, err } = await freshet(`${line} -o json`)
  if (code !== 0) throw new Error(`freshet ${line} ended with ${code}: ${err}`)
  return JSON.parse(out) as T
}

const emit = (rest: string): Promise<TimelineJson> =>
  data<TimelineJson>(`change emit ${rest} --wait applied`)

const mint = async (audience: string, subject = 'alice'): Promise<string> =>
  (await freshet(`token mint --subject ${subject} --audience ${audience}`)).out.trim()

function kidOf(jwt: string): string {
  const [header = ''] = jwt.split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
}

/**
 * Checks a token. The edge refuses it while heartbeats are late, as on a machine that stalls. It is asked again
 * then.
 */
async function check(line: string, input?: string): Promise<Outcome> {
  let outcome: Outcome | undefined
  await expect
    .poll(async () => (outcome = await freshet(`token check ${line}`, input)).out)
    .not.toContain('token.unverified')
  if (outcome === undefined) throw new Error('no answer')
  return outcome
}

/** The exit codes and texts of checks that do not depend on each other. */
const checks = async (lines: readonly string[]): Promise<readonly string[]> =>
  (await Promise.all(lines.map((line) => check(line)))).map(({ code, out }) => `${code} ${out}`)

const ALLOWED = expect.stringMatching(/^0 allow/)
const INSUFFICIENT = expect.stringMatching(/^11 deny .token.insufficient/)
const STALE = expect.stringMatching(/^11 deny .token.stale/)

/** The exit codes of commands that do not depend on each other. */
const codes = async (lines: readonly string[]): Promise<readonly number[]> =>
  (await Promise.all(lines.map((line) => freshet(line)))).map(({ code }) => code)

const described = async (): Promise<DevFile> =>
  JSON.parse(await readFile(devFileIn(dir), 'utf8')) as DevFile

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A probe of the canary, as the console answers it. */
interface Probe {
  readonly at: string
  readonly broken: { readonly step: string; readonly at: string | null } | null
  readonly steps: readonly { readonly step: string; readonly at: string | null }[]
}

/** Waits for a probe that ended after another one, and is as it should be. */
async function probed(isIt: (probe: Probe) => boolean, after = ''): Promise<Probe> {
  const { console: shown, admin } = await described()
  const headers = { authorization: `Bearer ${admin.token}` }
  const findProbe = async (): Promise<Probe | undefined> => {
    const response = await fetch(new URL('/v1/status', shown.url), { headers })
    const { probes } = (await response.json()) as { readonly probes: readonly Probe[] }
    return probes.find((probe) => probe.at > after && isIt(probe))
  }
  let found: Probe | undefined
  await expect.poll(async () => (found = await findProbe()), PROBED).toBeDefined()
  if (found === undefined) throw new Error('no probe')
  return found
}

describe.runIf(available)('freshet dev, and the verbs against it', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-dev-'))
    await chmod(dir, 0o755)
    dev = spawn(process.execPath, [BIN, 'dev'], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    dev.stderr?.on('data', (text) => (printed += String(text)))
    const lines = createInterface({ input: dev.stdout ?? process.stdin })
    ;[firstLine] = (await once(lines, 'line')) as [string]
  })
  afterAll(async () => {
    if (dev.exitCode === null) {
      dev.kill('SIGTERM')
      await once(dev, 'exit')
    }
    await rm(dir, { recursive: true, force: true })
  })

  test('it describes itself for automation, readable by its owner alone', async () => {
    const { console: shown, processes, sources } = await described()
    expect(firstLine).toBe(`console ${shown.url}`)
    expect((await stat(devFileIn(dir))).mode & 0o777).toBe(0o600)
    expect(Object.keys(sources).toSorted()).toEqual(['hr', 'iga', 'security'])
    expect(Object.values(processes).every(isAlive)).toBe(true)
    expect(Object.keys(processes)).toEqual(
      expect.arrayContaining(['gateway', 'reconciler', 'authority', 'sidecar', 'source:hr']),
    )
  })

  test('a second one in the same folder is refused', async () => {
    const { code, err } = await freshet('dev')
    expect(code).toBe(1)
    expect(err).toContain('A stack runs here already.')
  })

  test('the walk of README shows its refusal, with exit code 11, and ends at the console', async () => {
    const { out } = await bash(walkScript(BIN, printedCommands(printed)))
    for (const shown of WALK_SHOWS) expect(out).toContain(`\n${shown}`)
    expect(out.match(/^exit code \d+/gm)).toEqual(['exit code 11'])
    expect(out).toMatch(/^http:\S+\/live\n$/m)
  })

  test('what was taken away is denied everywhere, other tokens stay, and nothing revives', async () => {
    const groups = `change emit --source hr ${ALICE} --claim groups`
    await Promise.all([
      emit(`--source hr ${ALICE} --claim groups --op set --value staff --value payments-approvers`),
      emit(`--source hr ${ALICE} --claim department --op set --value finance`),
      emit(`--source iga ${ALICE} --claim entitlements --op set --value invoices:read`),
    ])
    const [old, directory] = await Promise.all([mint('payments'), mint('directory')])
    expect(await checks([`${old} ${APPROVER}`])).toEqual([ALLOWED])
    const before = await freshet(`token explain ${old}`)
    expect(before.out).toMatch(/groups is fresh[^]*entitlements is fresh[^]*not marked stale/)

    const waterfall = await freshet(
      `${groups} --op remove --value payments-approvers --wait applied`,
    )
    expect(waterfall.code).toBe(0)
    expect(waterfall.out).toContain('edges 2/2')
    for (const step of ['committed', 'appended', 'received', 'recorded', 'published']) {
      expect(waterfall.out).toMatch(new RegExp(`^${step} +\\d+ +(source|broker|reconciler) `, 'm'))
    }
    const [, id = ''] = /^(\S+) by hr:/m.exec(waterfall.out) ?? []
    // The precision of the clocks grows with each heartbeat.
    const steady = ({ out }: Outcome): string => out.replace(/± [\d.]+ ms/, '± some ms')
    expect(steady(await freshet(`change explain ${id}`))).toBe(steady(waterfall))

    const ask = (sidecar: string): Promise<Outcome> =>
      check(`- ${APPROVER} --sidecar ${sidecar}`, old)
    for (const denied of await Promise.all(['sidecar', 'sidecar:2'].map(ask))) {
      expect(denied.code).toBe(11)
      expect(denied.out).toMatch(new RegExp(`groups is stale: .*claim-changed.* by change ${id}`))
    }
    const [other, explained] = await Promise.all([
      check(`${directory} --audience directory`),
      freshet(`token explain ${old}`),
    ])
    expect([other.code, other.out]).toEqual([0, expect.stringContaining('allow')])
    expect(explained.out).toMatch(/groups is stale[^]*entitlements is fresh[^]*marked stale at/)

    const fresh = await mint('payments')
    expect(await checks([`${fresh} --require groups=staff`, `${fresh} ${APPROVER}`])).toEqual([
      ALLOWED,
      INSUFFICIENT,
    ])
    await emit(`--source hr ${ALICE} --claim groups --op add --value payments-approvers`)
    const tokens = [old, fresh, await mint('payments')]
    const answers = await checks(tokens.map((token) => `${token} ${APPROVER}`))
    expect(answers).toEqual([STALE, INSUFFICIENT, ALLOWED])
  })

  test('a withdrawn value takes it from every holder, and from no other subject', async () => {
    const holder = '--source hr --subject bob --claim groups'
    await emit(`${holder} --op set --value staff --value temps`)
    const token = await mint('payments', 'bob')
    expect(await checks([`${token} --require groups=staff,temps`])).toEqual([ALLOWED])
    await emit('--source hr --claim groups --op value-withdrawn --value temps')
    const denied = await check(`${token} --require groups=staff`)
    expect([denied.code, denied.out]).toEqual([11, expect.stringContaining('value-withdrawn')])
    const [alices, again] = await Promise.all([mint('payments'), mint('payments', 'bob')])
    expect(
      await checks([alices, `${again} --require groups=staff`, `${again} --require groups=temps`]),
    ).toEqual([ALLOWED, ALLOWED, INSUFFICIENT])
  })

  test('edges stand with their views, and a subject with its changes and tokens', async () => {
    const { out: edges } = await freshet('edge ls -o wide')
    const { out } = await freshet('subject get alice -o wide')
    expect(edges).toMatch(/^sidecar +payments +synced +- +live +\d+ ms +\d+ +7\/7 /m)
    expect(edges).toMatch(/^sidecar:2 +payments +synced +- +live +\d+ ms +\d+ +7\/7 /m)
    expect(out).toMatch(/^hr-\w+ +hr +remove groups .*applied +1 /m)
    expect(out).toMatch(/ payments-web +groups entitlements .*claim-changed by hr-\w+$/m)
  })

  test('a wait that is too short ends with 4 and prints its progress', async () => {
    const { reconciler = 0 } = (await described()).processes
    process.kill(reconciler, 'SIGSTOP')
    try {
      const change = '--source hr --subject bob --claim groups --op add --value staff'
      const late = await freshet(`change emit ${change} --id late-1 --wait applied --timeout 200ms`)
      expect([late.code, late.out]).toEqual([4, ''])
      const why = 'was not applied within 200 ms.\n  why: it is not recorded yet\n  try:'
      expect(late.err).toContain(`freshet: late-1 ${why} freshet change explain late-1\n`)
      expect(late.err).toMatch(/^at http:\S+, by the stack of /)
    } finally {
      process.kill(reconciler, 'SIGCONT')
    }
  })

  test('a source’s token serves curl', async () => {
    const { gateway, tenant } = await described()
    const token = (await freshet('source token --source iga')).out.trim()
    const url = new URL(`/v1/sources/iga?tenant=${tenant}`, gateway.url)
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(await response.json()).toMatchObject({ next: '2' })
  })

  test('revocations can be tailed, and a reader that has enough is no error', async () => {
    const tail = await freshet('revocation tail --from-beginning --limit 1 -o jsonl')
    expect(tail.code).toBe(0)
    const kinds = tail.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string })
    expect(kinds.filter(({ kind }) => kind === 'revocation')).toHaveLength(1)
    const command = `set -o pipefail; '${process.execPath}' '${BIN}' --help | head -c 1`
    expect(await bash(command)).toMatchObject({ code: 0, err: '' })
  })

  test('token keys rotate while everything runs: the next one signs, and edges know it', async () => {
    const { keys } = await data<{ keys: { kid: string; state: string }[] }>(
      'keys rotate tokens --lead 0s',
    )
    const signing = keys.find(({ state }) => state === 'signing')?.kid
    const token = await expect
      .poll(() => mint('payments'))
      .toSatisfy((jwt: string) => kidOf(jwt) === signing)
      .then(() => mint('payments'))
    expect(await checks([`${token} --require groups=staff`])).toEqual([ALLOWED])
    const { items } = await data<{ items: { file: string }[] }>('keys ls')
    expect(new Set(items.map(({ file }) => file)).size).toBe(KEY_KINDS.length)
  })

  test('topics and schema are as this build plans them', async () => {
    expect(await codes(['topic verify', 'db status'])).toEqual([0, 0])
    expect(await data('db migrate')).toEqual({ applied: [] })
  })

  test('what is not there is 3, what is not allowed is 5', async () => {
    expect(await codes(['change explain nothing', 'token explain nothing'])).toEqual([3, 3])
    const theft = await freshet(`change emit --source hr ${ALICE} --claim entitlements --op clear`)
    expect(theft.code).toBe(5)
    expect(theft.err).toContain('event.forbidden')
  })

  test(
    'the canary walks every step while all is well, and names the door of an edge that hangs',
    async () => {
      const well = await probed(({ broken }) => broken === null)
      const steps = well.steps.map(({ step, at }) => (at === null ? step : `${step} ${at}`))
      const both = (step: string): readonly string[] => [`${step} sidecar`, `${step} sidecar:2`]
      const alone = ['grant', 'mint', 'accept', 'append', 'record', 'publish', 'restore']
      const wanted = [alone, both('allowed'), both('apply'), both('denied')].flat()
      expect(steps.toSorted()).toEqual(wanted.toSorted())
      const { 'sidecar:2': edge = 0 } = (await described()).processes
      process.kill(edge, 'SIGSTOP')
      const lost = await probed(({ broken }) => broken !== null, well.at).finally(() =>
        process.kill(edge, 'SIGCONT'),
      )
      expect(lost.broken?.at).toBe('sidecar:2')
      expect(lost.broken?.step).toMatch(/^(allowed|apply|denied)$/)
      await probed(({ broken }) => broken === null, lost.at)
    },
    2 * PROBED.timeout,
  )

  test('a reconciler that was killed comes back by itself, under another id', async () => {
    const { processes } = await described()
    const before = processes['reconciler'] ?? 0
    process.kill(before, 'SIGKILL')
    const change = `--source hr ${ALICE} --claim groups --op remove --value staff`
    const { state } = await data<TimelineJson>(`change emit ${change} --wait applied --timeout 30s`)
    expect(state).toBe('applied')
    await expect.poll(async () => (await described()).processes['reconciler']).not.toBe(before)
    expect(isAlive((await described()).processes['reconciler'] ?? 0)).toBe(true)
  })

  test(
    'Ctrl-C ends every process and takes description and keys away',
    async () => {
      const { processes, idp } = await described()
      dev.kill('SIGINT')
      expect(await once(dev, 'exit')).toEqual([0, null])
      expect(Object.values(processes).filter(isAlive)).toEqual([])
      expect([devFileIn(dir), idp.keyFile].filter((file) => existsSync(file))).toEqual([])
    },
    ENDS_WITHIN_MS,
  )
})
