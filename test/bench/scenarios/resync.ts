import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { controlLatencies } from '../stack/control-latencies.ts'
import { letFlow, ORDINARY_PER_S } from '../stack/other-changes.ts'
import { ROOT } from '../run/root.ts'

const SUBJECTS = { quick: 50_000, full: 1_000_000 } as const
const MS_PER_S = 1_000
const COMMAND = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')
const GROUPS = 500
const GROUPS_EACH = 4
/** One of so many subjects has lost a group without an event. */
const LOST_EVERY = 1_000

/** Measures a source that sends a snapshot while others, and itself, send changes. */
export const resyncing: Scenario = {
  metrics: [
    {
      id: 'resync.rate',
      unit: '1/s',
      about: `subjects of \`freshet source resync\`, from its start to its report, of 1 M (quick: 50,000) with ${ORDINARY_PER_S.toLocaleString('en')} other changes/s. A million in five minutes is 3,334`,
      target: { atLeast: 3_334 },
      against: [{ id: 'resync.load.rate' }],
    },
    {
      id: 'resync.control',
      unit: 'ms',
      about:
        'meanwhile: a change of the control partition by the same source, from its intended send to the append of its revocation',
      tail: { p99: { atMost: 1_000 } },
    },
    {
      id: 'resync.control.appended',
      unit: 'ms',
      about: 'the first part of it: to the append of the change by the gateway',
    },
    {
      id: 'resync.control.recorded',
      unit: 'ms',
      about: 'the second part: append → committed by the reconciler',
    },
    {
      id: 'resync.load.rate',
      unit: '1/s',
      about: 'the first load of the same file, with nothing beside it',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const people = SUBJECTS[context.quick ? 'quick' : 'full']
  const stack = await startStack(context, ['gateway', 'reconciler', 'authority'])
  const path = join(await context.tempDir(), 'people.jsonl')
  context.progress(`loading ${people} subjects`)
  await writeStatement(path, people, false)
  const loadedMs = await took(() => runSourceCommand(context, stack, 'load', path))
  // The remaining work of the load does not belong to the resync: the scenario waits for it, and for the
  // vacuum.
  await stack.database.query({ name: '', text: 'checkpoint' })
  context.progress('stating all anew')
  await writeStatement(path, people, true)
  const others = letFlow(context, stack)
  const resyncedMs = await took(() => resync(context, stack, path, people))
  const control = await controlLatencies(stack, await others.stop())
  return {
    'resync.rate': [(people * MS_PER_S) / resyncedMs],
    'resync.control': [control.whole],
    'resync.control.appended': [control.appended],
    'resync.control.recorded': [control.recorded],
    'resync.load.rate': [(people * MS_PER_S) / loadedMs],
  }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

async function resync(
  context: BenchContext,
  stack: BenchStack,
  path: string,
  people: number,
): Promise<void> {
  const { state, compared, missed } = await runSourceCommand(context, stack, 'resync', path)
  const isWhole = state === 'ended' && compared === people
  if (isWhole && missed?.removals === lostOf(people) && missed.grants === 0) return
  const found = JSON.stringify({ state, compared, missed: missed?.removals })
  throw new Error(`The resync came to another end than the files say: ${found}`)
}

/** The members of the command's report that are read here. */
interface SourceReport {
  readonly lines: number
  readonly state?: string
  readonly compared?: number
  readonly missed?: { readonly removals: number; readonly grants: number }
}

/** Runs `freshet source load` or `resync` of HR, as a process of its own. @throws if it fails */
async function runSourceCommand(
  context: BenchContext,
  { workspace, at }: BenchStack,
  verb: 'load' | 'resync',
  path: string,
): Promise<SourceReport> {
  const stop = new AbortController()
  context.defer(() => stop.abort())
  const as = ['--source', 'hr', '--tenant', DEV_TENANT, '--iss', DEV_IDP, '-o', 'json']
  const access = ['--gateway', at.gateway, '--key', workspace.sources['hr']?.keyFile ?? '']
  const args = [COMMAND, 'source', verb, path, ...as, ...access]
  const signal = AbortSignal.any([stop.signal, context.signal])
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
  return JSON.parse(stdout) as SourceReport
}

/** Writes the groups of so many people, a line for each; `isLater`: a few have lost one since. */
async function writeStatement(path: string, people: number, isLater: boolean): Promise<void> {
  const file = createWriteStream(path)
  for (let n = 0; n < people; n += 1)
    if (!file.write(lineOf(n, isLater && n % LOST_EVERY === 0))) await once(file, 'drain')
  file.end()
  await once(file, 'finish')
}

/** Returns the number of people who have lost a group. */
function lostOf(people: number): number {
  return Math.ceil(people / LOST_EVERY)
}

function lineOf(n: number, hasLost: boolean): string {
  const count = hasLost ? GROUPS_EACH - 1 : GROUPS_EACH
  const value = Array.from({ length: count }, (_, at) => `group-${(n * 31 + at * 7) % GROUPS}`)
  return `${JSON.stringify({ subject: `member-${n}@acme.example`, claim: 'groups', value })}\n`
}
