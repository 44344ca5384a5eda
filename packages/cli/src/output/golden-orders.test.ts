import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verbsOf } from '../examples.ts'
import { answeringServer, type AnsweringServer } from '../../test/answering-server.ts'
import { recordedRun } from '../../test/recorded-run.ts'
import { recordingShell } from '../recording-shell.ts'
import { programFor } from '../run-command.ts'
import { writeKey } from '../stack/key-files.ts'
import { EXAMPLE_REGISTRY } from '../stack/paths.ts'
import { COMMANDS } from '../../test/golden-commands.ts'

const GOLDEN = join(import.meta.dirname, '../../golden/output')
const PLACE = { partition: 0, offset: '7' }
const TOUCHES = { tokens: 12, subjects: 5, clients: 1 }
const IN_DOUBT = { claims: [], halted: ['acme'], resolvedBy: ['a complete snapshot of hr'] }

let dir: string
let server: AnsweringServer
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-orders-'))
  await writeKey(dir, 'hr', 'ES256')
  await writeFile(join(dir, 'web.secret'), 's')
  server = await answeringServer()
  const dropped = { id: 'q1', result: 'dropped', state: 'dropped', decided: null }
  const cleared = { id: 'q1', result: 'cleared', items: [{ claim: 'groups', id: 'd-1' }] }
  const version = { pv: 2, hash: 'h', isNew: true, against: { pv: 1, hash: 'g' } }
  server.answers = {
    'GET /v1/sources/hr': [200, {}],
    'POST /v1/changes': [202, { id: 'hr-1', ...PLACE }],
    'POST /v1/cut-offs': [202, { id: 'cut-1', ...PLACE, touches: TOUCHES, differences: [] }],
    'POST /v1/erasures': [200, { id: 'erase-1', rows: { claims: 3, tokens: 2 } }],
    'POST /v1/openings': [202, { id: 'open-1', opens: { until: '2026-11-24T10:30:00Z' } }],
    'POST /v1/openings/open-1/close': [202, { id: 'close-1', ...PLACE }],
    'POST /v1/quarantine/q1/drop': [200, { ...dropped, inDoubt: IN_DOUBT }],
    'POST /v1/quarantine/q1/clear': [200, { ...cleared, left: [], halted: [] }],
    'POST /v1/quarantine/q1/replay': [200, { id: 'q1', result: 'taken', outcome: 'applied' }],
    'POST /v1/registry': [200, { ...version, differences: [], needsMinimum: false }],
    'POST /oauth/token': [200, { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 300 }],
  }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const SOURCE = '--source hr --key-file hr.private.json --tenant acme --iss https://idp.example'

/** Orders and commands of one answer, by the file of their output. */
const ORDERS: Readonly<Record<string, string>> = {
  'break-glass-close': 'break-glass close open-1 --reason up --tenant acme',
  'break-glass-open':
    'break-glass open --audience payments --route GET --claim groups --for 30m --reason down --tenant acme --yes',
  'change-emit': `change emit ${SOURCE} --subject alice --op disabled --id hr-1`,
  'context-set': 'context set staging --url https://console.example --token-file web.secret',
  'context-use': 'context use staging',
  'cut-off-client': 'cut-off client payments-web --yes --tenant acme',
  'keys-gen': 'keys gen --name tokens-2 --out keys',
  'quarantine-clear': 'quarantine clear q1 --reason nothing-changed',
  'quarantine-drop': 'quarantine drop q1 --reason a-test',
  'quarantine-replay': 'quarantine replay q1',
  'registry-activate': 'registry activate 2 --reason reviewed --dry-run',
  'registry-diff': 'registry diff REGISTRY REGISTRY --no-stack',
  'registry-lint': 'registry lint REGISTRY --no-keys',
  'registry-publish': 'registry publish REGISTRY --dry-run',
  'subject-erase':
    'subject erase alice --reason 4711 --yes --tenant acme --iss https://idp.example',
  'token-mint':
    'token mint --subject-token x.y.z --audience payments --client web --client-secret-file web.secret',
}

/** The other commands, each with the place of its test or the reason for none. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'audit ls': 'output/evidence/audit-text.test.ts',
  'audit verify': 'output/evidence/audit-text.test.ts',
  'context rm': 'commands/contexts/context.test.ts',
  'change tail': 'commands/changes/change-lists.test.ts',
  completion: 'help/completion.test.ts',
  'connect check': 'test/connect/file-source.e2e.test.ts',
  'connect plan': 'test/keycloak/connected-realm.long.e2e.test.ts',
  'db migrate': 'commands/db.pg.test.ts',
  'db status': 'commands/db.pg.test.ts',
  demo: 'test/demo/demo.long.e2e.test.ts',
  dev: 'dev.long.e2e.test.ts',
  doctor: 'doctor/check.test.ts',
  drill: 'drill.long.e2e.test.ts',
  evidence: 'output/evidence/evidence-text.test.ts',
  init: 'test/installation/init.test.ts',
  try: 'packages/cli/src/commands/installation/try.test.ts',
  'keys rotate': 'output/stack/plan-texts.test.ts',
  'probe run': 'output/stack/probe-text.test.ts',
  'revocation tail': 'commands/tokens/tail-revocations.test.ts',
  'source beat': 'sources/heartbeat-pace.test.ts',
  'source diff': 'test/connect/file-source.e2e.test.ts',
  'source load': 'load/load.test.ts',
  'source resync': 'commands/sources/source-resync.test.ts',
  'source token': 'a new token each time: run-command-on-stack.test.ts',
  status: 'output/status',
  'topic apply': 'output/texts.test.ts',
  'topic verify': 'output/texts.test.ts',
}

async function outputOf(line: string): Promise<string> {
  const to = server.url
  const addresses = { FRESHET_URL: to, FRESHET_GATEWAY_URL: to, FRESHET_ISSUER: to }
  const env = { ...addresses, FRESHET_TOKEN: 't', XDG_CONFIG_HOME: dir }
  const full = line.replaceAll('REGISTRY', EXAMPLE_REGISTRY)
  const { code, out, err } = await recordedRun(full, { cwd: dir, env })
  const text = `# freshet ${line}\n${out}# stderr\n${err}# exit code ${code}\n`
  return text
    .replaceAll(to, 'SERVER')
    .replaceAll(dir, 'DIR')
    .replaceAll(EXAMPLE_REGISTRY, 'REGISTRY')
}

describe('the output of an order', () => {
  it.each(Object.entries(ORDERS))('%s is as it was', async (name, line) => {
    const text = await outputOf(line)
    expect(text).toMatch(/# exit code 0\n$/)
    await expect(text).toMatchFileSnapshot(join(GOLDEN, 'orders', `${name}.txt`))
  })

  it('of every command is in a golden file, or in a named test', () => {
    const verbs = verbsOf(programFor(recordingShell())).map(({ words }) => words)
    const lines = [...Object.values(COMMANDS), ...Object.values(ORDERS)]
    const missing = verbs.filter(
      (words) => ELSEWHERE[words] === undefined && !lines.some((line) => line.startsWith(words)),
    )
    expect(missing).toEqual([])
    expect(Object.keys(ELSEWHERE).filter((words) => !verbs.includes(words))).toEqual([])
  })
})
