import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLI_VERSION } from '../installation/cli-version.ts'
import { answeringServer, type AnsweringServer } from '../../test/answering-server.ts'
import { recordedRun } from '../../test/recorded-run.ts'
import type { Shell } from '../shell.ts'
import { colorsFor } from './view.ts'
import { fixedChange, fixedStatus } from '../../test/fixed-status.ts'
import { COMMANDS } from '../../test/golden-commands.ts'
import {
  fixedCheck,
  fixedGrant,
  fixedQuarantinedDetail,
  fixedPreview,
  fixedToken,
  fixedSubjectState,
} from '../../test/fixed-details.ts'
import {
  fixedEdges,
  fixedHistory,
  fixedHolders,
  fixedLag,
  fixedQuarantined,
  fixedRegistry,
  fixedSlos,
  fixedSubject,
  fixedUsage,
} from '../../test/fixed-lists.ts'

const GOLDEN = join(import.meta.dirname, '../../golden/output')
const COLUMNS = 80
const NOW_MS = Date.parse('2026-11-24T10:00:42.000Z')

let dir: string
let server: AnsweringServer
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-golden-'))
  server = await answeringServer()
  server.answers = {
    'GET /v1/edges': [200, fixedEdges],
    'GET /v1/edges/sidecar': [200, fixedHistory],
    'GET /v1/status': [200, fixedStatus({ openings: [fixedGrant] })],
    'GET /v1/tokens/j1': [200, fixedToken],
    'POST /v1/check': [200, fixedCheck],
    'GET /v1/quarantine/q1': [200, fixedQuarantinedDetail],
    'GET /readyz': [200, {}],
    'GET /v1/version': [200, { version: '0.0.9' }],
    'POST /v1/cut-offs': [200, { touches: { tokens: 12, subjects: 5, clients: 1 } }],
    'GET /v1/changes': [200, { items: [fixedChange({ id: 'hr-98e6e60c' })] }],
    'GET /v1/lag': [200, fixedLag],
    'GET /v1/slos': [200, fixedSlos],
    'GET /v1/tokens': [200, fixedHolders],
    'GET /v1/subjects/alice': [200, fixedSubject],
    'GET /v1/subjects/alice/preview': [200, fixedPreview],
    'GET /v1/subjects/alice/state': [200, fixedSubjectState()],
    'GET /v1/quarantine': [200, fixedQuarantined],
    'GET /v1/registry': [200, fixedRegistry],
    'GET /v1/registry/usage': [200, fixedUsage],
    'GET /v1/changes/hr-1': [200, { items: [fixedChange()] }],
  }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** Outputs with sentences, in the file of their output. */
const PROSE: ReadonlySet<string> = new Set([
  'subject-preview',
  'token-explain',
  'token-check',
  'quarantine-get',
])

const ways: Readonly<Record<string, Partial<Shell>>> = {
  'through a pipe': {},
  'on a terminal': { isTerminal: true, colors: colorsFor({ isTTY: true }, {}) },
}

async function output(line: string, shell: Partial<Shell>): Promise<string> {
  const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 't' }
  const base = { cwd: dir, env, nowMs: () => NOW_MS }
  const ran = await recordedRun(line.replace('SERVER', server.url), { ...base, ...shell })
  const target = line.startsWith('cut-off') ? `at ${server.url}\n` : ''
  expect([ran.code, ran.err]).toEqual([line.startsWith('token check') ? 11 : 0, target])
  return ran.out
    .replaceAll(server.url, 'https://console.example')
    .replaceAll(CLI_VERSION, 'VERSION')
}

/** The lines that a terminal of 80 columns would break. */
function tooWide(text: string): readonly string[] {
  // oxlint-disable-next-line no-control-regex
  const lines = text.replaceAll(/\u001b\[\d+m/g, '').split('\n')
  return lines.filter((line) => line.length > COLUMNS)
}

describe('the output of a command', () => {
  it.each(Object.entries(COMMANDS))('%s fits 80 columns, and is as it was', async (name, line) => {
    const parts: string[] = []
    for (const [way, shell] of Object.entries(ways)) {
      const out = await output(line, shell)
      // A pipe gets sentences whole.
      if (shell.isTerminal === true || !PROSE.has(name)) expect(tooWide(out)).toEqual([])
      parts.push(`# ${way}: freshet ${line}\n${out.replaceAll('\u001b', '^')}`)
    }
    parts.push(`# wide: freshet ${line} -o wide\n${await output(`${line} -o wide`, {})}`)
    await expect(parts.join('\n')).toMatchFileSnapshot(join(GOLDEN, `${name}.txt`))
  })

  it('has no headings with --no-headers, and one name on a line with -o name', async () => {
    expect(await output('edge ls --no-headers', {})).not.toContain('AUDIENCE')
    expect(await output('edge ls -o name', {})).toBe(
      'checkout-7f9c6d5b4-x2k8p\ncheckout-7f9c6d5b4-zz91q\nsidecar\n',
    )
  })

  it('control: a line that is too wide is found, and its colours do not count', () => {
    const wide = 'x'.repeat(COLUMNS + 1)
    expect(tooWide(`${wide}\n\u001b[31m${'y'.repeat(COLUMNS)}\u001b[39m`)).toEqual([wide])
  })
})
