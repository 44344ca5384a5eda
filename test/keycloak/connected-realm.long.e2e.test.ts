import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keycloakAvailability, startKeycloak, type LocalKeycloak } from '@freshet/local-keycloak'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder } from '../e2e/cli.ts'
import { check, type CheckAnswer } from '../e2e/edge.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { mint, payloadOf } from '../e2e/token.ts'
import { connectorRealm } from './connector-realm.ts'
import { asAdmin } from './keycloak-client.ts'
import { codeIn } from '../docs/code-blocks.ts'
import { readPage } from '../docs/pages.ts'

const START_WITHIN_MS = 1_000_000
const REFUSED_WITHIN_MS = 60_000
/** The removals of which times are printed. */
const TIMED = 20
const found = await keycloakAvailability()

interface Named {
  readonly id: string
  readonly name?: string
  readonly username?: string
}

describe.runIf(found.available && canRun)(
  'a realm of Keycloak as a source, on the real parts,',
  () => {
    let keycloak: LocalKeycloak
    let stack: TestStack
    const admin = (path: string, method?: string, body?: object): Promise<unknown> =>
      asAdmin(keycloak, path, body, method)
    const userOf = async (name: string): Promise<string> => {
      const [user] = (await admin(`/users?exact=true&username=${name}`)) as readonly Named[]
      return user?.id ?? ''
    }
    const roleOf = async (name: string): Promise<Named> => (await admin(`/roles/${name}`)) as Named
    const groupOf = async (name: string): Promise<string> => {
      const groups = (await admin(`/groups?exact=true&search=${name}`)) as readonly Named[]
      return groups[0]?.id ?? ''
    }
    /** Waits for a token of a user that has a value of a claim. */
    const tokenWith = async (user: string, claim: 'teams' | 'roles', value: string) => {
      const { value: token } = await until(`${value} of ${user}`, REFUSED_WITHIN_MS, async () => {
        const minted = await mint(stack, user)
        return payloadOf(minted)[claim]?.includes(value) ? minted : undefined
      })
      return token
    }
    /** Returns the milliseconds from an order of an administrator to the first refusal at the edge. */
    const refusedAfter = async (
      question: Parameters<typeof check>[1],
      order: () => Promise<unknown>,
    ): Promise<number> => {
      expect(await check(stack, question)).toMatchObject({ decision: 'allow' })
      const startMs = performance.now()
      await order()
      await until('a refusal', REFUSED_WITHIN_MS, async () =>
        isStale(await check(stack, question)) ? true : undefined,
      )
      return performance.now() - startMs
    }
    const note = (what: string, ms: number): void =>
      void process.stderr.write(`${what}: refused after ${ms.toFixed()} ms\n`)

    beforeAll(async () => {
      const onProgress = (line: string): void => void process.stderr.write(`${line}\n`)
      keycloak = await startKeycloak({ realm: connectorRealm(), onProgress })
      await keycloak.ready()
      await admin('/roles', 'POST', { name: 'inner' })
      const users = ['role', 'group', 'composite', 'group-role', 'off', 'gone', 'late'].map(
        (username) => ({
          username,
          enabled: true,
          email: `${username}@acme.example`,
          groups: ['/department-0'],
          realmRoles: ['auditor', 'approver'],
        }),
      )
      await admin('/partialImport', 'POST', { users })
      stack = await startTestStack(
        (registry) => {
          const { sources, account, claims } = pagePart(keycloak.issuer)
          registry.setIn(['sources', 'keycloak'], sources.keycloak)
          registry.set('account', account)
          for (const [name, claim] of Object.entries(claims))
            registry.setIn(['claims', name], claim)
          registry.setIn(
            ['audiences', 'payments', 'claims'],
            ['groups', 'entitlements', 'teams', 'roles'],
          )
        },
        undefined,
        { [`keycloak.${DEV_TENANT}`]: 'least' },
      )
    }, START_WITHIN_MS)
    afterAll(async () => {
      await stack?.stop()
      await keycloak?.stop()
      expect(stack?.deaths).toEqual([])
    })

    it('refuses after a role was taken from a user', async () => {
      const user = await userOf('role')
      const token = await tokenWith(user, 'roles', 'auditor')
      const order = async (): Promise<unknown> =>
        admin(`/users/${user}/role-mappings/realm`, 'DELETE', [await roleOf('auditor')])
      note('role', await refusedAfter({ token, require: { roles: ['auditor'] } }, order))
    })

    it('refuses after a user left a group', async () => {
      const user = await userOf('group')
      const token = await tokenWith(user, 'teams', 'department-0')
      const group = await groupOf('department-0')
      const order = (): Promise<unknown> => admin(`/users/${user}/groups/${group}`, 'DELETE')
      note('group', await refusedAfter({ token, require: { teams: ['department-0'] } }, order))
    })

    it('refuses after a composite role lost a role', async () => {
      const user = await userOf('composite')
      const token = await tokenWith(user, 'roles', 'reader')
      const { id } = await roleOf('approver')
      const order = async (): Promise<unknown> =>
        admin(`/roles-by-id/${id}/composites`, 'DELETE', [await roleOf('reader')])
      note('composite role', await refusedAfter({ token, require: { roles: ['reader'] } }, order))
      await admin(`/roles-by-id/${id}/composites`, 'POST', [await roleOf('reader')])
      const again = await tokenWith(user, 'roles', 'reader')
      expect(await check(stack, { token: again })).toMatchObject({ decision: 'allow' })
    })

    it('refuses after a group lost a role', async () => {
      const user = await userOf('group-role')
      await admin(`/users/${user}/role-mappings/realm`, 'DELETE', [await roleOf('approver')])
      const group = await groupOf('department-0')
      await admin(`/groups/${group}/role-mappings/realm`, 'POST', [await roleOf('inner')])
      const token = await tokenWith(user, 'roles', 'inner')
      const order = async (): Promise<unknown> =>
        admin(`/groups/${group}/role-mappings/realm`, 'DELETE', [await roleOf('inner')])
      note('role of a group', await refusedAfter({ token, require: { roles: ['inner'] } }, order))
    })

    it('refuses after a user was disabled, and after one was deleted', async () => {
      for (const name of ['off', 'gone']) {
        const user = await userOf(name)
        const token = await tokenWith(user, 'roles', 'auditor')
        const order = (): Promise<unknown> =>
          name === 'off'
            ? admin(`/users/${user}`, 'PUT', { enabled: false })
            : admin(`/users/${user}`, 'DELETE')
        note(`user ${name}`, await refusedAfter({ token }, order))
      }
    })

    it('finds by comparing what no event announced', async () => {
      const user = await userOf('late')
      const token = await tokenWith(user, 'roles', 'auditor')
      await admin('/events/config', 'PUT', { adminEventsEnabled: false, eventsEnabled: false })
      const metrics = async () => (await fetch(`${stack.at.connect}/metrics`)).text()
      // A comparison that an earlier event asked for would find the change, too.
      await until('no subject waits', REFUSED_WITHIN_MS, async () =>
        /^freshet_connect_waiting_subjects\{.*\} 0$/m.test(await metrics()) ? true : undefined,
      )
      const order = async (): Promise<unknown> =>
        admin(`/users/${user}/role-mappings/realm`, 'DELETE', [await roleOf('auditor')])
      note(
        'found by comparing',
        await refusedAfter({ token, require: { roles: ['auditor'] } }, order),
      )
      expect(await metrics()).toMatch(/freshet_connect_changes_total\{[^}]*found="compare"\} [1-9]/)
      const reconciler = await (await fetch(`${stack.at.reconciler}/metrics`)).text()
      expect(reconciler).toMatch(
        /^freshet_missed_changes_total\{source="keycloak",owner="identity",kind="removal"\} 1$/m,
      )
      await admin('/events/config', 'PUT', { adminEventsEnabled: true, eventsEnabled: true })
    })

    it('proposes the part of the registry, and names changes that Keycloak never announces', async () => {
      const cli = await cliFolder(stack)
      try {
        const secretFile = join(cli.dir, 'least.secret')
        await writeFile(secretFile, 'least\n', { mode: 0o600 })
        const planned = await cli.freshet(
          ...`connect plan keycloak --at ${keycloak.issuer} --iss ${DEV_IDP}`.split(' '),
          ...`--option client=least --secret-file ${secretFile} -o json`.split(' '),
        )
        expect([planned.code, planned.err]).toEqual([0, ''])
        expect(JSON.parse(planned.out)).toMatchObject({
          plan: {
            sources: {
              keycloak: {
                connect: {
                  acme: {
                    subject: { iss: DEV_IDP, sub: '/id' },
                    account: true,
                    claims: { groups: { each: '/groups/*/name' }, roles: { each: '/roles/*' } },
                  },
                },
              },
            },
          },
        })
        await admin('/events/config', 'PUT', { adminEventsEnabled: false, eventsEnabled: false })
        const checked = await cli.freshet('connect', 'check', 'keycloak')
        expect(checked.out).toContain('not announced: Admin events are off')
        expect(checked.code).toBe(10)
        await admin('/events/config', 'PUT', { adminEventsEnabled: true, eventsEnabled: true })
        const differences = await cli.freshet('source', 'diff', '--source', 'keycloak')
        expect(differences).toMatchObject({ code: 0, err: expect.any(String) })
      } finally {
        await cli.dispose()
      }
    })

    it(`refuses ${TIMED} removals, each within the lease`, async () => {
      const user = await userOf('role')
      const times: number[] = []
      for (let n = 0; n < TIMED; n += 1) {
        const role = [await roleOf('auditor')]
        await admin(`/users/${user}/role-mappings/realm`, 'POST', role)
        const token = await tokenWith(user, 'roles', 'auditor')
        const order = (): Promise<unknown> =>
          admin(`/users/${user}/role-mappings/realm`, 'DELETE', role)
        times.push(await refusedAfter({ token, require: { roles: ['auditor'] } }, order))
      }
      const [sorted, middle] = [times.toSorted((a, b) => a - b), TIMED / 2]
      process.stderr.write(
        `${TIMED} removals: p50 ${sorted[middle]?.toFixed()} ms, max ${sorted.at(-1)?.toFixed()} ms\n`,
      )
      expect(times).toHaveLength(TIMED)
    })
  },
)

/** Returns the part of a registry that the page shows, for another realm and with frequent comparisons. */
function pagePart(issuer: string): PagePart {
  const part = parse(codeIn(readPage('docs/connect.md').text, 'yaml')) as PagePart
  const { connect, ...source } = part.sources.keycloak
  const connection = {
    ...connect[DEV_TENANT],
    at: issuer,
    compare: '20s',
    subject: { iss: DEV_IDP, sub: '/id' },
    options: { client: 'least' },
  }
  return {
    ...part,
    sources: { keycloak: { ...source, connect: { [DEV_TENANT]: connection } } },
  }
}

interface PagePart {
  readonly sources: {
    readonly keycloak: { readonly connect: Readonly<Record<string, object>> }
  }
  readonly account: string
  readonly claims: Readonly<Record<string, object>>
}

function isStale({ code }: CheckAnswer): boolean {
  return code === 'token.stale' || code === 'token.revoked'
}
