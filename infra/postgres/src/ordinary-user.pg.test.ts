import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serverUser, type ServerUser } from './server-user.ts'

const run = promisify(execFile)
const built = fileURLToPath(new URL('../dist/index.js', import.meta.url))

/** The steps of a user who runs the demo without being root. */
const script = `
  import { existsSync, statSync } from 'node:fs'
  import { join } from 'node:path'
  import { startPostgres } from ${JSON.stringify(built)}
  const server = await startPostgres({ durable: false, databaseUrl: '' })
  const owners = [server.dir, join(server.dir, 'data')].map((path) => statSync(path).uid)
  await server.stop()
  const { kind, dir } = server
  console.log(JSON.stringify({ kind, dir, owners, runsAs: process.getuid(), isLeft: existsSync(dir) }))
`

function runAs(user: ServerUser, text: string): Promise<{ stdout: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/' }
  const options = { ...user, cwd: '/', env, timeout: 60_000 }
  return run(process.execPath, ['--input-type=module', '-e', text], options)
}

/** A clone below a private home folder is closed to others, or the container has no other user. */
async function whyNot(user: ServerUser | undefined): Promise<string | undefined> {
  if (user === undefined) return 'this run is not root’s: all other tests here show it'
  const reads = `import { readFileSync } from 'node:fs'\nreadFileSync(${JSON.stringify(built)})`
  return runAs(user, reads).then(
    () => undefined,
    () => `user ${user.uid} may not read this clone`,
  )
}

describe('an ordinary user', () => {
  it('starts a server as itself, and stop leaves neither process nor folder', async ({ skip }) => {
    const user = await serverUser()
    const reason = await whyNot(user)
    if (user === undefined || reason !== undefined) return skip(reason)
    const { stdout } = await runAs(user, script)
    const reported = JSON.parse(stdout) as { readonly dir: string }
    expect(reported).toMatchObject({
      kind: expect.stringMatching(/^postgres 18\.\d+$/),
      owners: [user.uid, user.uid],
      runsAs: user.uid,
      isLeft: false,
    })
    expect(existsSync(reported.dir)).toBe(false)
  })
})
