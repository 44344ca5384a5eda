import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as textOf } from 'node:stream/consumers'
import { kafkaAvailability, keycloakAvailability } from '@freshet/dev-stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { printedCommands, walkScript } from '../../packages/cli/test/walk-script.ts'
import { devFileIn, readDevFile, type DevKeycloak } from '../../packages/cli/src/stack/dev-file.ts'
import { FRESHET } from '../e2e/cli.ts'
import { asAdmin } from './keycloak-client.ts'

const START_WITHIN_MS = 1_000_000
const WALK_WITHIN_MS = 120_000
const { KAFKA_BROKERS: _, DATABASE_URL: __, ...inherited } = process.env
const env = { ...inherited, NO_COLOR: '1' }
const parts = [await kafkaAvailability(inherited), await keycloakAvailability(inherited)]

describe.runIf(parts.every(({ available }) => available))('freshet dev --keycloak', () => {
  let dir: string
  let dev: ChildProcess
  let printed = ''
  let keycloak: DevKeycloak

  const bash = async (script: string): Promise<string> => {
    const child = spawn('bash', ['-c', script], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return textOf(child.stdout)
  }
  /** Sends a request to the admin API of the realm, which the admin console does as well. */
  const admin = (path: string, method?: string, body?: object): Promise<unknown> => {
    const { origin } = new URL(keycloak.issuer)
    const at = {
      masterIssuer: `${origin}/realms/master`,
      adminUrl: `${origin}/admin/realms/acme`,
      admin: keycloak.admin,
    }
    return asAdmin(at, path, body, method)
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-dev-keycloak-'))
    const args = [FRESHET, 'dev', '--keycloak']
    dev = spawn(process.execPath, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
    dev.stderr?.on('data', (part) => (printed += String(part)))
    await once(createInterface({ input: dev.stdout ?? process.stdin }), 'line')
    await until('the walk', WALK_WITHIN_MS, () =>
      Promise.resolve(printed.includes('Ctrl-C ends everything') ? true : undefined),
    )
    const described = await readDevFile(devFileIn(dir))
    if (described?.keycloak === undefined) throw new Error(`dev.json has no Keycloak: ${printed}`)
    keycloak = described.keycloak
  }, START_WITHIN_MS)
  afterAll(async () => {
    if (dev.exitCode === null) {
      dev.kill('SIGTERM')
      await once(dev, 'exit')
    }
    await rm(dir, { recursive: true, force: true })
  })

  it('serves the admin console at the printed address', async () => {
    expect(printed).toContain(`Log in to ${keycloak.console} as admin with the password `)
    expect((await fetch(keycloak.console)).status).toBe(200)
  })

  it(
    'refuses the token of alice after an administrator took her role',
    async () => {
      const commands = printedCommands(printed)
      expect(commands).toHaveLength(4)
      const before = await bash(
        `${walkScript(FRESHET, commands.slice(0, 2))}\nprintf '%s' "$TOKEN" > token`,
      )
      expect(before).toMatch(/^allow/)
      const [alice] = (await admin('/users?exact=true&username=alice')) as [{ readonly id: string }]
      const role = await admin('/roles/auditor')
      await admin(`/users/${alice.id}/role-mappings/realm`, 'DELETE', [role as object])
      // An administrator reads the page for longer than Freshet takes.
      const marked = 'until freshet token explain "$TOKEN" | grep -q STALE; do :; done'
      const [functions] = walkScript(FRESHET, []).split('\nset ')
      const after = await bash(
        `${functions}\nTOKEN=$(cat token)\n${marked}\n${walkScript(FRESHET, commands.slice(2))}`,
      )
      expect(after).toMatch(/^deny \(token\.stale/)
      expect(after).toContain('exit code 11')
      expect(after).toContain('STALE: alice lost values of roles')
    },
    WALK_WITHIN_MS,
  )

  it('refuses --registry beside it, because it changes the example registry', async () => {
    const both = `'${process.execPath}' '${FRESHET}' dev --keycloak --registry x.yaml 2>&1`
    expect(await bash(both)).toContain('cannot be used with')
  })
})
