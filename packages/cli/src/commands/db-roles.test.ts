import { describe, expect, it } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import { runCommand } from '../run-command.ts'

async function roles(...words: readonly string[]) {
  const shell = recordingShell()
  const code = await runCommand(['db', 'roles', ...words], shell)
  return { code, ...shell.written() }
}

const without = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')

describe('freshet db roles', () => {
  it('lists the login of each process with exactly its roles, without a database', async () => {
    const { code, out } = await roles('-o', 'json')
    const { items } = JSON.parse(out) as {
      readonly items: readonly { process: string; login: string; roles: string[] }[]
    }
    expect(code).toBe(0)
    expect(items.map(({ process, login, roles: own }) => [process, login, own])).toEqual([
      ['migrate', 'freshet_migrate', ['freshet_tenant', 'freshet_system', 'freshet_ledger']],
      ['gateway', 'freshet_gateway', ['freshet_tenant', 'freshet_system']],
      ['reconciler', 'freshet_reconciler', ['freshet_system']],
      ['authority', 'freshet_authority', ['freshet_tenant', 'freshet_ledger']],
      ['console', 'freshet_console', ['freshet_system']],
    ])
    expect((await roles('-o', 'wide')).out).toMatch(
      /^console +freshet_console +freshet_system +by its roles$/m,
    )
    expect((await roles('-o', 'jsonl')).out.trim().split('\n')).toHaveLength(5)
  })

  it('prints SQL without a password, and without a right that a superuser alone can give', async () => {
    const { code, out } = await roles('-o', 'sql')
    expect(code).toBe(0)
    expect(without(out)).not.toMatch(/password|[^O]SUPERUSER[^ ]|CREATEROLE/i)
    expect(out).toContain(
      'GRANT freshet_tenant, freshet_ledger TO "freshet_authority" WITH INHERIT FALSE, SET TRUE;',
    )
    expect(out).toContain(
      'GRANT USAGE, CREATE ON SCHEMA public TO "freshet_migrate", freshet_ledger;',
    )
    expect(out).toContain('--   \\password "freshet_console"')
  })

  it('takes other names, and quotes them', async () => {
    const given = ['--login', 'gateway=gw@project.iam', '--login', 'migrate=Owner-1']
    const { out } = await roles('-o', 'sql', ...given)
    expect(out).toContain('TO "gw@project.iam" WITH INHERIT FALSE')
    expect(out).toContain(`'gw@project.iam'`)
    expect(out).toContain('TO "Owner-1" WITH INHERIT TRUE')
    expect(out).not.toContain('freshet_gateway')
  })

  it.each([
    ['gateway', 2, /not PROCESS=NAME/],
    ['sidecar=x', 2, /processes are migrate, gateway/],
    ["gateway=x'; DROP ROLE y; --", 1, /cannot be the name of a login/],
    ['gateway=a$freshet$b', 1, /cannot be the name of a login/],
    ['gateway=pg_monitor', 1, /cannot be the name of a login/],
    ['gateway=freshet_system', 1, /cannot be the name of a login/],
    [`gateway=${'x'.repeat(64)}`, 1, /1 to 63/],
    ['gateway=freshet_console', 1, /named for two processes/],
  ])('refuses --login %s', async (given, code, message) => {
    const refused = await roles('-o', 'sql', '--login', given)
    expect(refused).toMatchObject({ code, out: '' })
    expect(refused.err).toMatch(message)
  })
})
