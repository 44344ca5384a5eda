import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as textOf } from 'node:stream/consumers'
import { kafkaAvailability } from '@freshet/dev-stack'
import { freePorts } from '@freshet/owned-dir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { printedCommands, WALK_SHOWS, walkScript } from '../../packages/cli/test/walk-script.ts'
import { FRESHET } from '../e2e/cli.ts'
import { codeBlocks, codeIn } from './code-blocks.ts'
import { readPage, ROOT } from './pages.ts'

const { text } = readPage('docs/tutorial.md')
const PORT_OF_PAGE = '8080'
const SERVER = 'node orders/server.mjs'
/** A line that the script prints before each block. */
const MARK = '--- block'
const READY_WITHIN_MS = 90_000
const ENDS_WITHIN_MS = 240_000

const { KAFKA_BROKERS: _, DATABASE_URL: __, ...inherited } = process.env
const { available } = await kafkaAvailability(inherited)

/** The blocks of commands in the third terminal, each with the lines that the page shows after it. */
const STEPS = codeBlocks(text).flatMap(({ language, code }, at, all) => {
  if (language !== 'sh' || code.includes(SERVER) || code.startsWith('npm run dev')) return []
  const next = all[at + 1]
  const shown = next?.language === 'text' ? next.code.trim().split('\n') : []
  return [{ code, shown }]
})

describe.runIf(available)('docs/tutorial.md', () => {
  let dir: string
  let port: string
  let printed = ''
  const children: ChildProcess[] = []
  const env = { ...inherited, NO_COLOR: '1' }

  /** The commands of the page, at the port of the test. */
  const here = (code: string): string => code.replaceAll(PORT_OF_PAGE, port)

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-tutorial-'))
    port = String((await freePorts(1))[0])
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
    await mkdir(join(dir, 'orders'))
    await writeFile(join(dir, 'orders/registry.yaml'), codeIn(text, 'yaml'))
    await writeFile(join(dir, 'orders/server.ts'), here(codeIn(text, 'ts')))
    const [, args = ''] = /^npm run dev -- (.*)$/m.exec(text) ?? []
    const dev = spawn(process.execPath, [FRESHET, 'dev', ...args.split(' ')], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    dev.stderr.on('data', (part) => (printed += String(part)))
    children.push(dev)
    await once(createInterface({ input: dev.stdout }), 'line')
    const start = codeBlocks(text).find(({ code }) => code.includes(SERVER))?.code ?? ''
    const service = spawn('bash', ['-c', start.replace(SERVER, `exec ${SERVER}`)], {
      cwd: dir,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    children.push(service)
    await until('an answer of the service', READY_WITHIN_MS, () =>
      fetch(`http://127.0.0.1:${port}/ship`).catch(() => undefined),
    )
  }, ENDS_WITHIN_MS)

  afterAll(async () => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(dir, { recursive: true, force: true })
  })

  it('gets a walk on its own registry from `freshet dev`, which ends at a refusal', async () => {
    await expect.poll(() => printed).toContain('Ctrl-C ends everything')
    const script = walkScript(FRESHET, printedCommands(printed))
    expect(script).toContain('--value shippers')
    const bash = spawn('bash', ['-c', script], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const out = await textOf(bash.stdout)
    for (const shown of WALK_SHOWS) expect(out).toContain(`\n${shown}`)
    expect(out.match(/^exit code \d+/gm)).toEqual(['exit code 11'])
  })

  it(
    'shows the output of its commands, from an allowed request to a silent source',
    async () => {
      expect(STEPS.length).toBeGreaterThan(7)
      const script = STEPS.map(({ code }) => `echo '${MARK}'\n${here(code)}`).join('')
      const bash = spawn('bash', ['-c', script], { cwd: dir, env })
      const [out, err] = await Promise.all([textOf(bash.stdout), textOf(bash.stderr)])
      const parts = out.split(`${MARK}\n`).slice(1)
      const missing = STEPS.flatMap(({ code, shown }, at) =>
        shown
          .filter((line) => !parts[at]?.includes(line))
          .map((line) => `${line}\n  after ${code}  in ${parts[at]}`),
      )
      expect({ missing, err }).toMatchObject({ missing: [] })
    },
    ENDS_WITHIN_MS,
  )
})
