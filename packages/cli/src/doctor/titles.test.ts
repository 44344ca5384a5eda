import { expect, it } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import { allChecks } from './all-checks.ts'
import type { DoctorCheck } from './check.ts'

/** Parts of a claim. With one of them, the title of a failed check contradicts its finding. */
const CLAIM =
  /\b(?:is|are|has|have|can|no|nothing|every|one|takes|answers|names|accepts|adds|reports|publishes|holds|waits|pauses)\b/

const env = {
  KAFKA_BROKERS: '127.0.0.1:1',
  DATABASE_URL: 'postgres://u@127.0.0.1:1/f',
  FRESHET_URL: 'http://127.0.0.1:1',
  FRESHET_TOKEN: 't',
}
const checks = (): Promise<readonly DoctorCheck[]> =>
  allChecks(recordingShell({ cwd: '/nowhere', env }), {
    service: 'gateway',
    gateway: 'http://127.0.0.1:1',
    issuer: 'http://127.0.0.1:1',
  })

it('every check has a noun as its title, which fits each outcome', async () => {
  const all = await checks()
  expect(all.length).toBeGreaterThan(25)
  expect(all.filter(({ title }) => CLAIM.test(title))).toEqual([])
})

it('control: the stable name of a check can be a claim', async () => {
  const claims = (await checks()).filter(({ name }) => CLAIM.test(name))
  expect(claims.map(({ name }) => name)).toContain('the active policy warns of nothing')
})

it('no two checks have one title, because others refer to it', async () => {
  const titles = (await checks()).map(({ title }) => title)
  expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([])
})
