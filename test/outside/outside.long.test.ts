import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presentNodes } from './nodes.ts'
import { compile, createProject, installedIn, treeOf, type Project } from './project.ts'

/** CommonJS modules in a bundle that is an ES module require the modules of Node by it. */
const BANNER =
  "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);"
/** Bytes of a minified bundle that imports only `bearerToken`, a function of four lines. */
const ONE_FUNCTION_BYTES_MAX = 50_000

const SERVICES = [
  'service.js',
  'service-in-cjs.cjs',
  'service-on-fastify.js',
  'service-on-fastify-in-cjs.cjs',
  'service-on-passport.js',
]

/** The compiler of this repository, and the last one that is written in JavaScript. */
const TYPESCRIPT = 'node_modules/typescript'
const OLDER_TYPESCRIPT = 'infra/site/node_modules/typescript'

/** A compiler of two gets little of a busy machine: these tests give way to those with services. */
const WITHIN_MS = 300_000

const created = await createProject()
const isInstalled = typeof created !== 'string'
const isDemanded = process.env['CI'] !== undefined
if (!isInstalled) process.stderr.write(`The project outside of the clone was skipped: ${created}\n`)

afterAll(async () => {
  if (isInstalled) await rm(created.place, { recursive: true })
})

it.runIf(isDemanded)('npm installs the project where CI runs', () => {
  expect(isInstalled ? 'installed' : created).toBe('installed')
})

describe.skipIf(!isInstalled)('a project outside of the clone', { timeout: WITHIN_MS }, () => {
  const project = created as Project

  beforeAll(async () => {
    await compile(project, TYPESCRIPT)
  })

  it('installs few packages beside ours', async () => {
    const names = await installedIn(project)
    const sizes = project.packed.map(
      ({ id, size, unpackedSize }) => `${id} ${size} ${unpackedSize}`,
    )
    process.stdout.write(`${[...sizes, ...(await treeOf(project))].join('\n')}\n`)
    const others = names.filter((name) => !name.startsWith('@freshet/'))
    expect(others.map((name) => name.replace(/@[^@]*$/, '')).toSorted()).toEqual([
      'jose',
      'kafkajs',
      'yaml',
      'zod',
    ])
  })

  it.each([TYPESCRIPT, OLDER_TYPESCRIPT])(
    'compiles by %s with strict options, and with the types of every dependency checked',
    async (typescript) => {
      expect(await compile(project, typescript)).toEqual({ code: 0, output: '' })
    },
  )

  describe.each(presentNodes)('on Node $major', ({ program }) => {
    it.each(SERVICES)('%s refuses a token after a revocation', async (file) => {
      const { code, output } = await project.run(program, `dist/${file}`)
      expect([code, output]).toEqual([0, '{"before":200,"after":401}\n'])
    })
  })

  it.each(SERVICES.filter((file) => file.endsWith('.cjs')))(
    'control: the CommonJS module %s really requires the packages',
    async (file) => {
      const text = await readFile(join(project.folder, 'dist', file), 'utf8')
      expect(text).toContain('require("@freshet/edge")')
    },
  )

  it('runs as one bundled file, without packages beside it', async () => {
    await bundle('service', { outfile: 'service.cjs', minify: false })
    const { code, output } = await project.node(join(project.bundles, 'service.cjs'))
    expect([code, output]).toEqual([0, '{"before":200,"after":401}\n'])
  })

  it.each(['production.cjs', 'production.mjs'])(
    'reads Kafka from the bundle %s, without packages beside it',
    async (outfile) => {
      await bundle('production', { outfile, minify: false })
      const { code, output } = await project.node(join(project.bundles, outfile))
      expect(output).toMatch(/freshet\.revocations\.v1 cannot be read \(broker\.unavailable: /)
      expect(code).toBe(0)
    },
  )

  it('bundles of one function only what the function needs', async () => {
    const [all, one] = await Promise.all([
      bundle('all', { outfile: 'all.mjs', minify: true }),
      bundle('one', { outfile: 'one.mjs', minify: true }),
    ])
    const figures = [all, one].map((each) => `${each.byteLength} (gzip ${gzipSync(each).length})`)
    process.stdout.write(`bytes of a bundle: createEdge ${figures[0]}, bearerToken ${figures[1]}\n`)
    expect(one.byteLength).toBeLessThan(ONE_FUNCTION_BYTES_MAX)
    expect(all.byteLength).toBeGreaterThan(3 * ONE_FUNCTION_BYTES_MAX)
  })

  async function bundle(
    name: string,
    { outfile, minify }: { readonly outfile: string; readonly minify: boolean },
  ): Promise<Uint8Array> {
    const isCommonJs = outfile.endsWith('.cjs')
    await build({
      absWorkingDir: project.folder,
      entryPoints: [`dist/${name}.js`],
      outfile: join(project.bundles, outfile),
      minify,
      bundle: true,
      platform: 'node',
      format: isCommonJs ? 'cjs' : 'esm',
      banner: isCommonJs ? {} : { js: BANNER },
      target: 'node20.19',
      logLevel: 'silent',
    })
    return readFile(join(project.bundles, outfile))
  }
})
