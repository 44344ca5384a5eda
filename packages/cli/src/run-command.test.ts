import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJwks, importSigningKey, readMacKeySet } from '@freshet/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordedRun, type RecordedRun } from '../test/recorded-run.ts'
import type { Shell } from './shell.ts'
import { EXAMPLE_REGISTRY } from './stack/paths.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-command-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const freshet = (line: string, more: Partial<Shell> = {}): Promise<RecordedRun> =>
  recordedRun(line, { cwd: dir, ...more })

describe('usage', () => {
  it('help that was asked for is data', async () => {
    const { code, out, err } = await freshet('--help')
    expect(code).toBe(0)
    for (const noun of ['dev', 'demo', 'change', 'token', 'revocation', 'edge', 'topic', 'db']) {
      expect(out).toMatch(new RegExp(`^  ${noun} `, 'm'))
    }
    expect(err).toBe('')
  })

  it.each([
    ['chnage', 'an unknown noun'],
    ['change emti', 'an unknown verb'],
    ['change', 'a noun alone'],
    ['token mint --subject alice', 'a missing option'],
    ['edge ls --nope', 'an unknown option'],
    ['edge ls -o xml', 'an unknown format'],
    ['edge ls surplus', 'a surplus argument'],
    ['revocation tail --limit 0', 'a limit that is none'],
    ['change emit --source hr --subject a --op grant', 'an unknown op'],
    ['change emit --source hr --subject a --op set --timeout 1h', 'too long a wait'],
    ['token check - --require groups', 'a requirement without a value'],
    ['token check - --require groups=a,,b', 'a requirement with an empty value'],
    ['token check - --sidecar nowhere', 'a sidecar that is no URL'],
    ['token check a.b.c --sidecar http://edge.test', 'a sidecar that a token reaches in clear'],
    ['keys gen --name ../x', 'a name that leaves its folder'],
    ['keys rotate', 'no keys to rotate'],
    ['keys rotate x.json --lead soon', 'a lead that is no time'],
    ['keys rotate x.json --keep 2y', 'a time beyond a year'],
  ])('%j is a usage error: %s', async (line) => {
    const { code, out, err } = await freshet(line)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).not.toBe('')
  })
})

describe('without a stack', () => {
  it.each([
    'edge ls',
    'status',
    'status --watch',
    'registry show',
    'change explain c1',
    'token explain j1',
    'token mint --subject alice --audience payments',
    'token check a.b.c',
    'source token --source hr',
    'subject get alice --tenant acme --iss https://idp.example',
    'revocation tail',
    'topic verify',
    'db status',
    'change emit --source hr --subject alice --op disabled',
    'keys rotate tokens',
    'keys ls stamps',
  ])('%s prints the command to run, and ends with 4', async (line) => {
    const { code, out, err } = await freshet(line)
    expect(code).toBe(4)
    expect(out).toBe('')
    expect(err).toContain('try: freshet dev')
  })

  it('doctor prints that there is no stack, and ends with 10', async () => {
    const { code, out } = await freshet('doctor -o json', { env: { PATH: process.env['PATH'] } })
    expect(code).toBe(10)
    const { healthy, checks } = JSON.parse(out) as {
      healthy: boolean
      checks: { detail: string }[]
    }
    expect(healthy).toBe(false)
    const detail = 'no dev stack runs here, and the environment names nothing'
    expect(checks).toContainEqual(expect.objectContaining({ outcome: 'failed', detail }))
  })

  it('doctor waits for the given time, and prints on stderr the reason', async () => {
    const env = { PATH: process.env['PATH'] }
    const { code, out, err } = await freshet('doctor --wait=10ms -o json', { env })
    expect(code).toBe(10)
    expect((JSON.parse(out) as { healthy: boolean }).healthy).toBe(false)
    expect(err).toMatch(/^(?:Waiting for: stack or environment \(this machine\)\n)?$/)
    expect((await freshet('doctor --wait=1h')).code).toBe(2)
  })

  it('dev names what is missing where there is no Java, and ends with 4', async () => {
    const { code, err } = await freshet('dev', { env: { PATH: dir } })
    expect(code).toBe(4)
    expect(err).toContain('try: install Java 17 or newer, or set KAFKA_BROKERS')
  })

  it('a console that does not answer ends with 4 and prints the reason', async () => {
    const env = { FRESHET_URL: 'http://127.0.0.1:1', FRESHET_TOKEN: 'x' }
    const { code, err } = await freshet('edge ls', { env })
    expect(code).toBe(4)
    expect(err).toContain('The service does not answer.')
  })

  it.each([
    [
      'edge ls',
      { FRESHET_URL: 'http://console.acme.example', FRESHET_TOKEN: 'hush' },
      'FRESHET_URL',
    ],
    [
      'cut-off client x --tenant acme --yes --gateway http://10.0.0.1:7070',
      { FRESHET_TOKEN: 'hush' },
      '--gateway',
    ],
  ])(
    '%s ends with 2 before an admin token would go over a network in clear',
    async (command, env, name) => {
      const { code, err } = await freshet(command, { env })
      expect(code).toBe(2)
      expect(err).toContain(`${name} is an http address of another machine.`)
      expect(err).not.toContain('hush')
    },
  )

  it('a database URL that is wrong is never shown', async () => {
    const env = { DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/x' }
    const { code, err } = await freshet('db status', { env })
    expect(code).toBe(4)
    expect(err).not.toContain('hush')
  })
})

describe('registry lint', () => {
  it('finds nothing wrong with the example', async () => {
    const { code, out } = await freshet(`registry lint ${EXAMPLE_REGISTRY} -o json`)
    expect(code).toBe(0)
    const { file, findings } = JSON.parse(out) as { file: string; findings: { severity: string }[] }
    expect(file).toBe(EXAMPLE_REGISTRY)
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([])
  })

  it.each([
    ['claims: [', 'YAML'],
    ['version: 1', '/sources'],
  ])('names what is wrong with %j, and ends with 1', async (text, place) => {
    const file = join(dir, 'registry.yaml')
    await writeFile(file, text)
    const { code, out } = await freshet(`registry lint ${file}`)
    expect(code).toBe(1)
    expect(out).toContain(place)
  })

  it('names the rule, the place and the fix of an unsound one', async () => {
    const file = join(dir, 'registry.yaml')
    const text = await readFile(EXAMPLE_REGISTRY, 'utf8')
    await writeFile(file, text.replace('account: hr', 'account: nobody'))
    const { code, out } = await freshet(`registry lint ${file} --no-keys -o jsonl`)
    expect(code).toBe(1)
    const [finding] = out.trim().split('\n')
    expect(JSON.parse(finding ?? '')).toEqual({
      code: 'source.unknown',
      severity: 'error',
      line: 5,
      column: 10,
      place: '/account',
      message: 'no source is called nobody',
      rule: 'Each named source is declared under `sources`.',
      fix: 'declare nobody under sources, or name one that is',
    })
  })

  it('prints the place as editors link it, the rule, the fix and the number of findings', async () => {
    const file = join(dir, 'registry.yaml')
    const text = await readFile(EXAMPLE_REGISTRY, 'utf8')
    await writeFile(file, text.replace('    ttl: 5m', '    ttl: 11m\n    tll: 5m'))
    const { code, out } = await freshet(`registry lint ${file} --no-keys`)
    expect(code).toBe(1)
    expect(out).toContain(`${file}:74:10: error: tokens for payments live longer than claim groups`)
    expect(out).toContain(`${file}:75:5: error: payments has no member tll; did you mean ttl?`)
    expect(out).toContain('  at /audiences/payments/tll\n')
    expect(out).toContain('  fix: write ttl\n')
    expect(out).toMatch(/\n3 errors, 0 warnings, 0 notes\n$/)
  })

  it('reads the key files beside it, but with --no-keys', async () => {
    const file = join(dir, 'registry.yaml')
    await writeFile(file, await readFile(EXAMPLE_REGISTRY, 'utf8'))
    const { code, out } = await freshet(`registry lint ${file} -o json`)
    expect(code).toBe(1)
    expect(out.match(/"keys.missing"/g)).toHaveLength(4)
    expect((await freshet(`registry lint ${file} --no-keys`)).code).toBe(0)
  })

  it('ends with 3 for a file that is not there', async () => {
    expect((await freshet('registry lint /no/such/file')).code).toBe(3)
  })
})

describe('keys', () => {
  it('gen writes both halves, the private one for its owner alone', async () => {
    const { code, out } = await freshet('keys gen --alg EdDSA --name k1 --out keys -o json')
    expect(code).toBe(0)
    const { keyFile, jwksFile } = JSON.parse(out) as { keyFile: string; jwksFile: string }
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    const signing = importSigningKey(JSON.parse(await readFile(keyFile, 'utf8')))
    const [verify] = importJwks(JSON.parse(await readFile(jwksFile, 'utf8')))
    expect([signing.kid, signing.alg, verify?.kid]).toEqual(['k1', 'EdDSA', 'k1'])
    expect(await readFile(jwksFile, 'utf8')).not.toContain('"d"')
  })

  it('gen overwrites nothing', async () => {
    await freshet('keys gen --name k1')
    const before = await readFile(join(dir, 'k1.private.json'), 'utf8')
    expect((await freshet('keys gen --name k1')).code).toBe(1)
    expect(await readFile(join(dir, 'k1.private.json'), 'utf8')).toBe(before)
  })

  it('ls lists both halves without the keys, and marks the exposed ones', async () => {
    await freshet('keys gen --name k1')
    await writeFile(join(dir, 'other.json'), '{"a":1}')
    await writeFile(join(dir, 'broken.json'), '{')
    const exposed = JSON.stringify({ kty: 'OKP', kid: 'k2', alg: 'EdDSA', d: 'hush' })
    await writeFile(join(dir, 'k2.json'), exposed, { mode: 0o644 })
    const { out } = await freshet('keys ls')
    expect(out).toBe(
      [
        'KID  ALG    HALF     STATE    WHEN  FILE             NOTE',
        'k1   ES256  public                  k1.jwks.json',
        'k1   ES256  private  signing        k1.private.json',
        'k2   EdDSA  private  signing        k2.json          exposed: chmod 600',
        '',
      ].join('\n'),
    )
  })

  it('gen makes a key of stamps, which has no public half', async () => {
    const { out } = await freshet('keys gen --alg HS256 --name s1')
    expect(out).toBe(`${join(dir, 's1.private.json')}\n`)
    const [key] = readMacKeySet(JSON.parse(await readFile(out.trim(), 'utf8')))
    expect(key?.kid).toBe('s1')
  })

  it('rotate takes the result of gen, and prints as data the use of each key, without a key', async () => {
    await freshet('keys gen --alg EdDSA --name k1')
    const { code, out } = await freshet('keys rotate k1.private.json -o json')
    expect(code).toBe(0)
    const { kind, keys, jwksFile } = JSON.parse(out) as Record<string, unknown>
    expect(kind).toBe('checkpoints')
    expect(jwksFile).toBe(join(dir, 'k1.jwks.json'))
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string
    const kid = expect.stringMatching(/^checkpoints-[\da-f]{8}$/) as string
    expect(keys).toEqual([
      { kid: 'k1', state: 'signing', signsFrom: time, publishedUntil: time },
      { kid, state: 'next', publishedSince: time, signsFrom: time },
      { kid, state: 'next', publishedSince: time },
    ])
    expect((await freshet('keys ls k1.private.json -o jsonl')).out.split('\n')).toHaveLength(4)
  })

  it.each([
    ['keys rotate none.json', 3, 'cannot be read'],
    ['keys rotate k1.private.json --revoke k9', 3, 'it has k1'],
    ['keys rotate k1.jwks.json', 1, 'private keys alone'],
    ['keys rotate rsa.private.json', 1, 'not a set of keys that rotate'],
    ['keys rotate text.json', 1, 'not a key set'],
    ['keys ls nowhere', 3, 'cannot be read'],
  ])('%s ends with %i and prints the reason', async (line, expected, why) => {
    await freshet('keys gen --name k1')
    await freshet('keys gen --name rsa --alg RS256')
    await writeFile(join(dir, 'text.json'), '{"keys": "hush"}')
    const { code, out, err } = await freshet(line)
    expect([code, out]).toEqual([expected, ''])
    expect(err).toContain(why)
    expect(err).not.toContain('hush')
  })
})

describe('topic plan', () => {
  it('prints the rights of each role as commands, for the principals that it is given', async () => {
    const command =
      'topic plan -o acl --principal edge=User:payments --principal edge=User:CN=ledger'
    const { code, out } = await freshet(command)
    expect(code).toBe(0)
    expect(out).toContain(
      `kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN_CONFIG" --add --allow-principal 'User:payments' --allow-principal 'User:CN=ledger' --operation Read --operation Describe --topic freshet.revocations.v1\n`,
    )
    expect(out).toContain("--allow-principal 'User:freshet-gateway'")
    expect(out).not.toContain('freshet-edge')
  })

  it.each(['edge', 'edge=payments', 'nobody=User:payments'])(
    'refuses %s as a principal and names the roles',
    async (principal) => {
      const { code, err } = await freshet(`topic plan -o acl --principal ${principal}`)
      expect(code).toBe(2)
      expect(err).toContain('topic-admin, gateway')
    },
  )

  it('shows the plan without asking a broker, in each format', async () => {
    expect((await freshet('topic plan')).out).toMatch(/^freshet\.revocations\.v1 +7 +3 +24 h$/m)
    const { out } = await freshet('topic plan --development -o jsonl')
    const first: unknown = JSON.parse(out.split('\n')[0] ?? '')
    expect(first).toMatchObject({ name: 'freshet.changes.v1', partitions: 7, replication: 1 })
  })
})
