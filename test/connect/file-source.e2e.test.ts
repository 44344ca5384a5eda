import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder, type CliFolder } from '../e2e/cli.ts'
import { check } from '../e2e/edge.ts'
import { canRun, freeze, processOf, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { mint, payloadOf } from '../e2e/token.ts'

const REFUSED_WITHIN_MS = 20_000

/** A person in the file of the directory. */
interface Person {
  readonly id: string
  readonly teams: readonly string[]
}

describe.runIf(canRun)('a file that `freshet serve connect` reads, on the real parts,', () => {
  let stack: TestStack
  let cli: CliFolder
  let dir: string
  let file: string
  const people = new Map<string, Person>()

  /** Replaces the file as a careful program does: whole, by a rename. */
  const publish = async (...changed: readonly Person[]): Promise<void> => {
    for (const person of changed) people.set(person.id, person)
    const lines = [...people.values()].map((person) => JSON.stringify(person))
    await writeFile(`${file}.new`, lines.map((line) => `${line}\n`).join(''))
    await rename(`${file}.new`, file)
  }
  const has = (token: string, team: string) =>
    check(stack, { token, require: { teams: [team] } }, 'sidecar')

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-directory-'))
    file = join(dir, 'people.jsonl')
    const crowd = Array.from({ length: 20 }, (_, n) => ({ id: `person-${n}`, teams: ['team-all'] }))
    await publish(
      ...crowd,
      { id: 'probe', teams: ['team-all'] },
      { id: 'alice', teams: ['team-all', 'team-approvers', 'guests'] },
    )
    stack = await startTestStack((registry) => {
      registry.setIn(['sources', 'directory'], {
        owner: 'directory',
        keys: 'keys/directory.jwks.json',
        ordering: 'monotonic',
        heartbeat: '500ms',
        lease: '5s',
        connect: {
          [DEV_TENANT]: {
            kind: 'file',
            at: file,
            settle: '200ms',
            interval: '200ms',
            compare: '1m',
            subject: { iss: DEV_IDP, sub: '/id' },
            claims: { teams: { each: '/teams/*', strip: 'team-' } },
          },
        },
      })
      registry.setIn(['claims', 'teams'], {
        source: 'directory',
        owner: 'directory',
        description: 'The teams of a person.',
        kind: 'authoritative',
        shape: 'set',
        class: 'reduce',
        maxTtl: '5m',
      })
      registry.setIn(['audiences', 'payments', 'claims'], ['groups', 'entitlements', 'teams'])
    })
    cli = await cliFolder(stack)
  })
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    await rm(dir, { recursive: true, force: true })
    expect(stack?.deaths).toEqual([])
  })

  it('gives a token the values of the mapping', async () => {
    const token = await mint(stack, 'alice')
    expect(payloadOf(token)).toMatchObject({ teams: ['all', 'approvers'] })
    expect(await has(token, 'approvers')).toMatchObject({ decision: 'allow' })
  })

  it('refuses a token after its value left the file, and keeps the tokens of others', async () => {
    const [alice, other] = [await mint(stack, 'alice'), await mint(stack, 'person-1')]
    await publish({ id: 'alice', teams: ['team-all'] })
    await until('a refusal', REFUSED_WITHIN_MS, async () =>
      (await has(alice, 'approvers')).code === 'token.stale' ? true : undefined,
    )
    expect(await has(other, 'all')).toMatchObject({ decision: 'allow' })
  })

  it('holds the removal of a truncated file, and calls nothing fresh meanwhile', async () => {
    const token = await mint(stack, 'person-2')
    const all = [...people.values()]
    people.clear()
    await publish(...all.slice(0, 5))
    await until('unverified claims', REFUSED_WITHIN_MS, async () =>
      (await has(token, 'all')).code === 'token.unverified' ? true : undefined,
    )
    const metrics = await (await fetch(`${stack.at.connect}/metrics`)).text()
    expect(metrics).toMatch(/freshet_connect_held_subjects\{[^}]*\} 1[0-9]/)
    await publish(...all)
    await until('a fresh token again', REFUSED_WITHIN_MS, async () =>
      (await has(token, 'all')).decision === 'allow' ? true : undefined,
    )
  })

  it('lets a paused process undo nothing after a second one has taken over (rule 52)', async () => {
    const first = processOf(stack, 'connect')
    const [port = 0] = await freePorts(1)
    const plan = {
      ...first.plan,
      name: 'connect:2',
      logFile: `${first.plan.logFile}.2`,
      env: { ...first.plan.env, FRESHET_PORT: String(port) },
    }
    const second = new ManagedProcess(plan, () => {})
    await publish({ id: 'person-5', teams: ['team-all', 'team-approvers'] })
    await until('the grant', REFUSED_WITHIN_MS, async () =>
      payloadOf(await mint(stack, 'person-5')).teams?.includes('approvers') ? true : undefined,
    )
    const token = await mint(stack, 'person-5')
    const goOn = freeze(stack, 'connect')
    try {
      await second.start()
      await publish({ id: 'person-5', teams: ['team-all'] })
      await until('a refusal by the second process', REFUSED_WITHIN_MS, async () =>
        (await has(token, 'approvers')).code === 'token.stale' ? true : undefined,
      )
    } finally {
      goOn()
    }
    await until('the first process gives way', REFUSED_WITHIN_MS, async () =>
      (await workingAt(stack.at.connect)) === 0 ? true : undefined,
    )
    expect(await workingAt(`http://127.0.0.1:${port}`)).toBe(1)
    expect(await has(token, 'approvers')).toMatchObject({ code: 'token.stale' })
    await second.stop('SIGKILL')
    await until('the first process takes over', REFUSED_WITHIN_MS, async () =>
      (await workingAt(stack.at.connect)) === 1 ? true : undefined,
    )
    const later = await mint(stack, 'person-5')
    expect(payloadOf(later)).toMatchObject({ teams: ['all'] })
  })

  it('goes on after a kill, and states no claim again that did not change', async () => {
    const token = await mint(stack, 'person-3')
    const connect = processOf(stack, 'connect')
    await connect.stop('SIGKILL')
    await publish({ id: 'person-4', teams: [] })
    const stale = await mint(stack, 'person-4').catch(() => undefined)
    await connect.start()
    await until('the change of the time without it', REFUSED_WITHIN_MS, async () => {
      if (stale === undefined) return true
      return (await has(stale, 'all')).code === 'token.stale' ? true : undefined
    })
    await until('a fresh token', REFUSED_WITHIN_MS, async () =>
      (await has(token, 'all')).decision === 'allow' ? true : undefined,
    )
  })

  it('shows the differences to the file and sends nothing, by `freshet source diff`', async () => {
    const diff = () => cli.freshet('source', 'diff', '--source', 'directory', '-o', 'json')
    const checked = await cli.freshet('connect', 'check', 'directory')
    expect(checked.out).toMatch(
      /^directory of \S+ \(file\): 22 subjects in .*\n {2}It announces every change\.$/m,
    )
    expect(checked.code).toBe(0)
    expect((await diff()).code).toBe(0)
    const connect = processOf(stack, 'connect')
    await connect.stop('SIGKILL')
    await publish({ id: 'person-6', teams: ['team-new'] })
    const token = await mint(stack, 'person-6').catch(() => undefined)
    const before = await diff()
    expect(before.code).toBe(10)
    expect(JSON.parse(before.out)).toMatchObject({
      items: [
        {
          source: 'directory',
          subjects: 22,
          differences: [{ subject: 'person-6', claim: 'teams', added: ['new'], removed: ['all'] }],
        },
      ],
    })
    const some = [...people.values()]
    people.clear()
    await publish(...some.slice(0, 5))
    const held = await cli.freshet('source', 'diff', '--source', 'directory')
    expect(held.out).toMatch(/^The comparison would be held\. \d+ of 22 subjects would lose/m)
    await publish(...some)
    expect((await diff()).out).toBe(before.out)
    await connect.start()
    await until('no difference', REFUSED_WITHIN_MS, async () =>
      (await diff()).code === 0 ? true : undefined,
    )
    if (token !== undefined) expect((await has(token, 'all')).decision).toBe('deny')
  })
})

/** Returns 1 while a process reads the upstream system, and 0 while it waits. */
async function workingAt(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  return Number(/^freshet_connect_working\{.*\} (\d)$/m.exec(text)?.[1])
}
