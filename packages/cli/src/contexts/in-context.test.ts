import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedEdges } from '../../test/fixed-lists.ts'
import { answeringServer, type AnsweringServer } from '../../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../../test/recorded-run.ts'
import { devFileIn, writeDevFile } from '../stack/dev-file.ts'
import { writeContexts } from './context-file.ts'

/** The ways to name an installation, in their order. */
const WAYS = ['option', 'address', 'variable', 'current', 'stack'] as const
type Way = (typeof WAYS)[number]

let dir: string
let servers: ReadonlyMap<Way, AnsweringServer>
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-ways-'))
  await mkdir(join(dir, '.freshet'))
  servers = new Map(
    await Promise.all(WAYS.map(async (way) => [way, await answeringServer()] as const)),
  )
  for (const [way, server] of servers) {
    server.answers = { 'GET /v1/edges': [200, fixedEdges] }
    await writeFile(join(dir, `${way}.token`), `${way}-token`)
  }
})
afterEach(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const urlOf = (way: Way): string => servers.get(way)?.url ?? ''

/** Runs a command where the installation is named in each of these ways. */
async function freshet(line: string, ways: readonly Way[]): Promise<RecordedRun> {
  const has = (way: Way): boolean => ways.includes(way)
  const contexts = Object.fromEntries(
    WAYS.map((way) => [way, { url: urlOf(way), tokenFile: join(dir, `${way}.token`) }]),
  )
  const current = has('current') ? 'current' : null
  await writeContexts(join(dir, 'freshet/contexts.json'), { current, contexts })
  if (has('stack')) await startStack()
  const env = {
    XDG_CONFIG_HOME: dir,
    ...(has('address') && { FRESHET_URL: urlOf('address'), FRESHET_TOKEN: 'address-token' }),
    ...(has('variable') && { FRESHET_CONTEXT: 'variable' }),
  }
  return recordedRun(has('option') ? `${line} --context option` : line, { cwd: dir, env })
}

async function startStack(): Promise<void> {
  const stack = {
    console: { url: urlOf('stack') },
    gateway: { url: urlOf('stack') },
    authority: { url: urlOf('stack'), issuer: urlOf('stack') },
    sidecar: { url: urlOf('stack') },
    admin: { token: 'stack-token' },
    processes: { console: process.pid },
  }
  await writeDevFile(devFileIn(dir), stack as never)
}

/** The ways whose console was asked, each with the token that came. */
function requestsByWay(): readonly string[] {
  return [...servers].flatMap(([way, server]) =>
    server.requests.map(({ authorization }) => `${way}: ${authorization.replace('Bearer ', '')}`),
  )
}

const pairs = WAYS.flatMap((first, at) => WAYS.slice(at + 1).map((second) => [first, second]))

describe('the installation of a command', () => {
  it.each(WAYS)('is the one that is named by %s alone, with its own token', async (way) => {
    expect(await freshet('edge ls -o name', [way])).toMatchObject({ code: 0, err: '' })
    expect(requestsByWay()).toEqual([`${way}: ${way}-token`])
  })

  it.each(pairs as [Way, Way][])('is named by %s before %s', async (first, second) => {
    expect((await freshet('edge ls -o name', [second, first])).code).toBe(0)
    expect(requestsByWay()).toEqual([`${first}: ${first}-token`])
  })

  it('is the stack of the folder by the name `.`, whatever else names one', async () => {
    const others: readonly Way[] = ['address', 'variable', 'current', 'stack']
    expect((await freshet('edge ls --context=.', others)).code).toBe(0)
    expect(requestsByWay()).toEqual(['stack: stack-token'])
    expect((await freshet('context show', ['stack'])).out).toContain(`the stack of ${dir}`)
  })

  it('is none without a name, and each error names the reason', async () => {
    expect((await freshet('edge ls', [])).err).toContain('no stack runs here')
    expect((await freshet('source token --source hr', ['current', 'stack'])).err).toContain(
      'context current names the installation, so a stack of this folder is not used',
    )
    expect((await freshet('edge ls --context nobody', ['stack'])).code).toBe(3)
    expect(requestsByWay()).toEqual([])
  })

  it('is not the current one where the environment has a token of another', async () => {
    await freshet('context ls', ['current'])
    const env = { XDG_CONFIG_HOME: dir, FRESHET_TOKEN: 'of-another' }
    expect((await recordedRun('edge ls', { cwd: dir, env })).code).toBe(4)
    expect(requestsByWay()).toEqual([])
  })

  it('is not the stack for an order to the gateway of the option', async () => {
    const order = `break-glass close x --reason y --gateway ${urlOf('option')}`
    const { code, err } = await freshet(order, ['stack'])
    expect([code, requestsByWay()]).toEqual([4, []])
    expect(err).toContain('--gateway names the installation')
  })

  it.each(['context ls', 'registry lint x.yaml', 'completion bash', 'serve'])(
    'is none of `freshet %s`, which refuses --context',
    async (line) => {
      const { code, err } = await freshet(`${line} --context option`, [])
      expect(code).toBe(2)
      expect(err).toContain('takes no --context')
    },
  )
})
