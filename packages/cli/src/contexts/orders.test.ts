import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verbsOf } from '../examples.ts'
import { EXAMPLE_REGISTRY } from '../stack/paths.ts'
import { recordedRun, type RecordedRun } from '../../test/recorded-run.ts'
import { recordingShell } from '../recording-shell.ts'
import { programFor } from '../run-command.ts'
import { writeKey } from '../stack/key-files.ts'

/** No service listens here: an order that prints its target all the same prints it first. */
const AWAY = 'http://127.0.0.1:1'
const OF = '--tenant acme'
const SOURCE = `--source hr --key-file hr.private.json ${OF} --iss https://idp.example`

/** A line for each command that changes an installation. */
const ORDERS: Readonly<Record<string, string>> = {
  'break-glass close': `x --reason y ${OF}`,
  'break-glass open': `--audience a --route r --claim groups --for 5m --reason y --yes ${OF}`,
  'change emit': `${SOURCE} --subject alice --op disabled`,
  'cut-off': `client x --yes ${OF}`,
  'db migrate': '',
  'quarantine clear': 'x --reason y',
  'quarantine drop': 'x --reason y',
  'quarantine replay': 'x --reason y',
  'registry activate': '2 --reason y',
  'registry publish': EXAMPLE_REGISTRY,
  'source load': `people.csv ${SOURCE}`,
  'source resync': `people.csv ${SOURCE}`,
  'subject erase': `alice --yes --reason y --iss https://idp.example ${OF}`,
}
/** These change an installation until Ctrl-C, or until a broker answers. */
const LONG = ['source beat', 'topic apply', 'probe run']
/** These change files or processes of this machine. */
const OWN = /^(context (rm|set|use)|demo|dev|drill|init|try|keys (gen|rotate)|serve)$/
const READS =
  /^(change (explain|ls|tail)|completion|connect (check|plan)|context (ls|show)|db (roles|status)|doctor|evidence|keys ls|lag|open|revocation tail|slo report|status|source token|version|(audit|registry|token|subject|edge|topic) (?!apply|publish|activate|erase)\w+|(quarantine|source|break-glass) (diff|ls|get))$/

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-orders-'))
  await writeKey(dir, 'hr', 'ES256')
  await writeFile(join(dir, 'people.csv'), 'subject,claim,value\nalice,groups,staff\n')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

function freshet(line: string): Promise<RecordedRun> {
  const DATABASE_URL = 'postgres://login:secret@127.0.0.1:1/freshet'
  const env = { FRESHET_URL: AWAY, FRESHET_GATEWAY_URL: AWAY, DATABASE_URL, FRESHET_TOKEN: 'x' }
  return recordedRun(line, { cwd: dir, env })
}

describe('a command', () => {
  it.each(verbsOf(programFor(recordingShell())).map(({ words }) => words))(
    'is an order or changes no installation: %s',
    (words) => {
      const isOrder = Object.hasOwn(ORDERS, words) || LONG.includes(words)
      expect([isOrder, OWN.test(words), READS.test(words)].filter(Boolean)).toEqual([true])
    },
  )

  it.each(Object.entries(ORDERS))('%s prints its target before it acts', async (words, rest) => {
    const { code, out, err } = await freshet(`${words} ${rest} -o json`)
    expect([code > 0, out]).toEqual([true, ''])
    const [first] = err.split('\n')
    expect(first).toBe(
      words === 'db migrate' ? 'at 127.0.0.1:1/freshet' : `at ${AWAY}, by the environment`,
    )
  })

  it.each(['edge ls', 'quarantine ls', 'registry show', 'change ls'])(
    'control: %s changes nothing and prints no target',
    async (line) => {
      const { code, err } = await freshet(line)
      expect(code).toBe(4)
      expect(err).not.toMatch(/^at /m)
    },
  )
})
