import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { figuresOfAudit, figuresOfKeys } from '../evidence/measure-here.ts'
import type { EvidenceRowAnswer } from '@freshet/insight/answers'
import { fixedEvidence, fixedRow } from '../../test/fixed-status.ts'
import { recordingShell } from '../recording-shell.ts'
import { runCommand } from '../run-command.ts'

let dir: string
let server: Server
let rows: readonly EvidenceRowAnswer[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-evidence-'))
  server = createServer((request, response) => {
    const isEvidence = request.url === '/v1/evidence'
    response.writeHead(isEvidence ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isEvidence ? fixedEvidence(rows) : {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  await rm(dir, { recursive: true, force: true })
})

async function freshet(...args: readonly string[]) {
  const url = `http://127.0.0.1:${Object(server.address())['port']}`
  const shell = recordingShell({ cwd: dir, env: { FRESHET_URL: url, FRESHET_TOKEN: 't' } })
  const code = await runCommand(['evidence', ...args], shell)
  return { code, ...shell.written() }
}

describe('freshet evidence', () => {
  it.each([
    ['green', 0],
    ['unknown', 0],
    ['red', 10],
  ] as const)('with a row that is %s ends with %i', async (verdict, expected) => {
    rows = [fixedRow(), fixedRow({ verdict })]
    expect((await freshet()).code).toBe(expected)
  })

  it('prints why the audit was not verified from here, and leaves its row unknown', async () => {
    rows = [fixedRow({ row: 'asvs-16.4.2-audit', verdict: 'unknown', value: null })]
    const { code, out, err } = await freshet('-o', 'json')
    expect(code).toBe(0)
    expect(err).toContain('No running stack was found here.')
    expect(JSON.parse(out)).toEqual(fixedEvidence(rows))
  })

  it('measures here what the console does not know', async () => {
    rows = [fixedRow(), fixedRow({ row: 'nhi2-keys', verdict: 'unknown', value: null })]
    const key = { kty: 'oct', kid: 'k1', alg: 'HS256', k: 'c2VjcmV0' }
    await writeFile(join(dir, 'own.json'), JSON.stringify({ keys: [key] }), { mode: 0o600 })
    const args = ['-o', 'jsonl', '--private-keys', '.'] as const
    const [kept, measured] = (await freshet(...args)).out.trim().split('\n')
    expect(JSON.parse(kept ?? '')).toEqual(fixedRow())
    expect(JSON.parse(measured ?? '')).toMatchObject({
      row: 'nhi2-keys',
      verdict: 'green',
      value: 0,
    })
    await writeFile(join(dir, 'lent.json'), JSON.stringify({ keys: [key] }), { mode: 0o644 })
    const { code, out } = await freshet(...args)
    expect(code).toBe(10)
    expect(out).toContain('k1 in lent.json')
  })

  it('writes the report to files, by their names, and prints it too', async () => {
    rows = [fixedRow()]
    const { out } = await freshet('-o', 'markdown', '--out', 'a.md', '--out', 'a.json')
    expect(await readFile(join(dir, 'a.md'), 'utf8')).toBe(out)
    expect(JSON.parse(await readFile(join(dir, 'a.json'), 'utf8'))).toEqual(fixedEvidence(rows))
  })
})

describe('what is measured here', () => {
  it('of the audit is only what a signed head covers', () => {
    const head = { n: 8n, hash: 'h', stream: 'control' as const, atMs: 0 }
    const stream = { stream: 'control' as const, from: 3n, to: 10n, finding: null, pending: 0 }
    const others = { unauthentic: 0, unknownKeys: [] }
    const streams = [
      { ...stream, head, isLate: false },
      { ...stream, stream: 'tokens' as const, head: null, isLate: true },
    ]
    expect(figuresOfAudit({ streams, ...others })).toEqual({
      entries: 6,
      broken: [],
      unproven: ['tokens'],
    })
    const finding = { what: 'altered', n: 4n, to: 4n } as const
    const altered = [{ ...stream, head, isLate: false, finding }]
    expect(figuresOfAudit({ streams: altered, ...others }).broken).toEqual(['control'])
  })

  it('of keys is their private halves', () => {
    const listed = { kid: 'k1', alg: 'EdDSA', file: 'a.json', times: { kid: 'k1' }, exposed: true }
    expect(
      figuresOfKeys([
        { ...listed, half: 'private' },
        { ...listed, half: 'public' },
      ]),
    ).toEqual({ privateKeys: 1, exposed: ['k1 in a.json'] })
  })
})
