import { PROBE_NAME } from '@freshet/protocol/slo'
import { describe, expect, it } from 'vitest'
import { fixedRegistry } from '../../test/fixed-lists.ts'
import { fixedStatus } from '../../test/fixed-status.ts'
import { answeringServer } from '../../test/answering-server.ts'
import { recordedRun } from '../../test/recorded-run.ts'

const status = fixedStatus()
const probed = status.sources.map((each) => ({ ...each, tenant: PROBE_NAME }))
const [client] = fixedRegistry.clients
const ofProbes = { ...client, client: PROBE_NAME, tenant: PROBE_NAME }

/** Runs a command on a console whose installation has probes. Returns its output, and the queries of its requests. */
async function freshet(line: string) {
  await using server = await answeringServer()
  const clients = [...fixedRegistry.clients, ofProbes]
  server.answers = {
    'GET /v1/status': [200, { ...status, sources: [...status.sources, ...probed] }],
    'GET /v1/registry': [200, { ...fixedRegistry, clients }],
  }
  const env = { FRESHET_URL: server.url, FRESHET_TOKEN: 't' }
  const { out } = await recordedRun(line, { env })
  return { out, requests: server.requests.map(({ route, search }) => `${route}${search}`) }
}

describe('the option --probes', () => {
  it('source ls adds the tenant of probes, in every format', async () => {
    for (const format of ['table', 'json', 'name']) {
      const [without, all] = await Promise.all(
        ['', ' --probes'].map(
          async (option) => (await freshet(`source ls -o ${format}${option}`)).out,
        ),
      )
      expect(without).not.toBe(all)
      expect(without?.includes(PROBE_NAME)).toBe(false)
    }
    expect((await freshet('source ls --probes')).out).toContain(PROBE_NAME)
  })

  it('registry show adds the entries of probes to the table; json always has them', async () => {
    expect((await freshet('registry show')).out).not.toContain(PROBE_NAME)
    expect((await freshet('registry show --probes')).out).toContain(PROBE_NAME)
    expect((await freshet('registry show -o json')).out).toContain(PROBE_NAME)
  })

  it('subject get asks the console for the claims of probes, too', async () => {
    const line = 'subject get alice --tenant acme --iss https://idp.example'
    const hasProbesQuery = (requests: readonly string[]): boolean =>
      requests.some((each) => each.includes('probes=true'))
    expect(hasProbesQuery((await freshet(`${line} --probes`)).requests)).toBe(true)
    expect(hasProbesQuery((await freshet(line)).requests)).toBe(false)
  })
})
