import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixedChange } from '../test/fixed-status.ts'
import { fixedEdges } from '../test/fixed-lists.ts'
import { answeringServer, type AnsweringServer } from '../test/answering-server.ts'

const BIN = join(import.meta.dirname, '../bin/freshet.js')
const FRESHET = `'${process.execPath}' '${BIN}'`

let dir: string
let server: AnsweringServer
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-terminal-'))
  server = await answeringServer()
  server.answers = { 'GET /v1/edges': [200, fixedEdges] }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function bash(script: string, more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { PATH } = process.env
  const env = { PATH, FRESHET_URL: server.url, FRESHET_TOKEN: 't', ...more }
  return new Promise((resolve) => {
    const child = execFile('bash', ['--norc', '-c', script], { cwd: dir, env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

/** `script` of util-linux runs a command in a terminal of its own. */
const hasScript = await promisify(execFile)('script', ['--version']).then(
  ({ stdout }) => stdout.includes('util-linux'),
  () => false,
)

const inTerminal = async (
  line: string,
  more: Readonly<Record<string, string>>,
): Promise<string> => {
  const command = `stty cols 80; ${FRESHET} ${line}`
  const { out } = await bash(`script -qec "${command}" /dev/null`, { TERM: 'xterm', ...more })
  return out.replaceAll('\r\n', '\n')
}

describe.runIf(hasScript)('freshet in a terminal', () => {
  const colour = '\u001b[31mdisconnected'

  it('has colours and ages', async () => {
    const out = await inTerminal('edge ls', {})
    expect(out).toContain(colour)
    expect(out).not.toContain('2026-11-24T')
  })

  it('has no colours with NO_COLOR, and stays within 80 columns', async () => {
    const out = await inTerminal('edge ls', { NO_COLOR: '1' })
    expect(out).toMatch(/^sidecar +disconnected/m)
    expect(out).not.toContain('\u001b')
    expect(out.split('\n').filter((text) => text.length > 80)).toEqual([])
  })

  it('that is dumb gets plain text, as a pipe does', async () => {
    const piped = await bash(`${FRESHET} edge ls`)
    expect(await inTerminal('edge ls', { TERM: 'dumb' })).toBe(piped.out)
  })
})

describe('freshet whose reader has gone', () => {
  it.each(['', '--help', 'completion fish', 'change emit --help', 'topic plan -o wide'])(
    'ends without a stack: freshet %s | head -n 1',
    async (line) => {
      const { code, out, err } = await bash(`set -o pipefail; ${FRESHET} ${line} | head -n 1`)
      expect([code, err]).toEqual([0, ''])
      expect(out.split('\n')).toHaveLength(2)
    },
  )

  it('ends while it follows changes', async () => {
    const changes = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const data = JSON.stringify({ ...fixedChange(), at: '2026-11-24T10:00:00Z' })
      // More than a pipe holds: the command has to write after its reader has gone.
      response.write(`event: change\ndata: ${data}\n\n`.repeat(5_000))
    })
    changes.listen(0, '127.0.0.1')
    await once(changes, 'listening')
    try {
      const url = `http://127.0.0.1:${Object(changes.address())['port']}`
      const line = `set -o pipefail; ${FRESHET} change tail | head -n 1`
      const { out, err } = await bash(line, { FRESHET_URL: url })
      expect(err).toBe('')
      expect(out).toContain('hr-1')
    } finally {
      changes.closeAllConnections()
      changes.close()
    }
  })
})
