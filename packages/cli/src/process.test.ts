import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../bin/freshet.js')

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-process-'))
})
afterAll(() => rm(dir, { recursive: true }))

/** A line of a shell in which `freshet` is the command, far from any stack. */
function shell(
  line: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const script = `set -o pipefail; freshet() { '${process.execPath}' '${BIN}' "$@"; }; ${line}`
  const env = { PATH: process.env['PATH'], ...more }
  return new Promise((resolve) => {
    const child = execFile(
      'bash',
      ['--norc', '-c', script],
      { cwd: dir, env },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

describe('freshet as a process', () => {
  it('output whose reader has enough ends quietly and well', async () => {
    const { code, out, err } = await shell('freshet topic plan -o jsonl | head -n 1')
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ name: 'freshet.changes.v1' })
  })

  it('output whose reader is gone at once ends quietly and well', async () => {
    const { code, err } = await shell('freshet topic plan -o json | true')
    expect([code, err]).toEqual([0, ''])
  })

  it('writes data alone to stdout, and errors to stderr, without a stack', async () => {
    const { code, out, err } = await shell('freshet edge ls -o json')
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(/^freshet: No console was found\.\n/)
    expect(err).not.toMatch(/\n +at /)
  })

  it('in a clone that is not built prints the command to run, without a stack', async () => {
    await mkdir(join(dir, 'clone/bin'), { recursive: true })
    await writeFile(join(dir, 'clone/package.json'), '{"type":"module"}')
    await copyFile(BIN, join(dir, 'clone/bin/freshet.js'))
    const { code, out, err } = await shell(`'${process.execPath}' clone/bin/freshet.js status`)
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe('freshet is not built yet. Run `npm run build` in the clone first.\n')
  })

  it.each([
    ['none through a pipe', {}, false],
    ['those that FORCE_COLOR asks for', { FORCE_COLOR: '1' }, true],
    ['none where NO_COLOR is set, whatever else is', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('has colours: %s', async (_, env, isColoured) => {
    const { out } = await shell('freshet doctor', env)
    expect(out.includes('\u001b[')).toBe(isColoured)
  })
})

describe('freshet token check as a process', () => {
  let edge: Server
  let port: number
  let questions: string[]
  beforeAll(async () => {
    edge = createServer((request, answer) => {
      questions.push(`${request.method} ${request.url}`)
      answer.setHeader('content-type', 'application/json')
      answer.end(JSON.stringify({ decision: 'allow', claims: {}, viewAgeMs: 1 }))
    }).listen(0, '127.0.0.1')
    await once(edge, 'listening')
    port = (edge.address() as AddressInfo).port
  })
  beforeEach(() => {
    questions = []
  })
  afterAll(() => void edge.close())

  const check = (url: string, more = '') =>
    shell(`freshet token check a.b.c --sidecar ${url} ${more}`)
  /** It leads to this machine, but its name is none of loopback. */
  const elsewhere = (): string => `http://0.0.0.0:${port}`

  it('sends no token to an http address of another machine, and names the two ways out', async () => {
    const { code, out, err } = await check(elsewhere())
    expect([code, out, questions]).toEqual([2, '', []])
    expect(err).toMatch(/^freshet: --sidecar is an http address of another machine\.\n/)
    expect(err).toContain('the token would go over the network in clear')
    expect(err).toContain('use an https address, or add --allow-plaintext')
  })

  it('control: the same address gets the token where the option accepts that', async () => {
    const { code, err } = await check(elsewhere(), '--allow-plaintext')
    expect([code, err, questions]).toEqual([0, '', ['POST /v1/check']])
  })

  it('sends it to an http address of loopback', async () => {
    const { code, err } = await check(`http://127.0.0.1:${port}`)
    expect([code, err, questions]).toEqual([0, '', ['POST /v1/check']])
  })

  it('tries an https address of another machine, which has to prove itself first', async () => {
    const { code, err } = await check(`https://0.0.0.0:${port}`)
    expect([code, questions]).toEqual([4, []])
    expect(err).not.toContain('another machine')
  })
})
